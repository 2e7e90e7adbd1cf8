// Stock that falls while one looks: the number, and the choice that can no longer be made.

import { on } from "../ui/events.js";
import { count } from "../ui/figures.js";
import { say } from "../ui/words.js";

on("stock", ({ sku_id: skuId, units_left: unitsLeft }) => {
  const isSoldOut = unitsLeft === 0;
  for (const place of document.querySelectorAll(`[data-stock="${CSS.escape(skuId)}"]`)) {
    place.textContent = isSoldOut ? say("sold_out") : say("left", { n: count(unitsLeft) });
    place.classList.remove("figure-changed");
    void place.offsetWidth;
    place.classList.add("figure-changed");
  }
  for (const place of document.querySelectorAll(`[data-sku="${CSS.escape(skuId)}"]`)) {
    place.dataset.soldOut = isSoldOut ? "yes" : "no";
    place.querySelector(".offer-buy")?.setAttribute("aria-disabled", String(isSoldOut));
    const choice = place.querySelector('input[name="sku_id"]');
    if (choice) choice.disabled = isSoldOut;
  }
});

// Prices as they change: the sums that stand on the page are written anew; what adds them up is fetched as a part.

import { on } from "../ui/events.js";
import { money as words, write } from "../ui/figures.js";
import { refresh } from "../ui/parts.js";

on("price", (body) => {
  for (const place of document.querySelectorAll(`[data-sku="${CSS.escape(body.sku_id)}"]`)) {
    const shown = place.querySelector("[data-as=money]");
    if (!shown) continue;
    const prices = body.shows[place.closest("[data-priced-by]")?.dataset.pricedBy] ?? body.prices;
    const { currency } = shown.dataset;
    const price = prices[currency];
    if (!price) {
      refresh(place.closest("[data-refresh-on]")); // not sold in this currency any more
      continue;
    }
    write(shown, { ...price, currency });
    const was = place.querySelector("[data-was]");
    was.hidden = price.was === null;
    if (!was.hidden) was.textContent = words(price.was, currency, price.exponent);
  }
});

// A form to buy what has been taken off sale, or put on it again.
on("goods", ({ product_id: productId, is_listed: isListed }) => {
  if (!productId) return;
  for (const form of document.querySelectorAll(`form[data-buy][data-product="${CSS.escape(productId)}"]`)) {
    if (isListed && !form.querySelector("[data-sku]")) location.reload(); // it was off sale when it was opened
    form.querySelector("[data-off-sale]").hidden = isListed;
    for (const button of form.querySelectorAll("button[name=then]")) button.disabled = !isListed;
  }
});

// The total that was just refused as an old one: the sum beside it says the new one.
document.addEventListener("silkcast:priced", () => refresh(document.getElementById("part-summary")));

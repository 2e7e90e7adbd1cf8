// A test card at a press; a card number in groups of four.

import { asMeant } from "../ui/typed.js";

document.addEventListener("click", (event) => {
  const card = event.target.closest("[data-card]");
  if (!card) return;
  const { elements } = card.closest("form");
  const expiry = new Date().getFullYear() + 3;
  elements.namedItem("card_number").value = card.dataset.card;
  elements.namedItem("card_expiry").value = `12/${String(expiry).slice(-2)}`;
  elements.namedItem("card_cvc").value = "123";
});

function group(event) {
  if (event.isComposing) return; // a Chinese or Japanese keyboard has not said its digits yet
  const field = event.target;
  if (field.name === "card_number") {
    const digits = asMeant(field.value).replace(/\D/g, "").slice(0, 19);
    const isAtEnd = field.selectionStart === field.value.length;
    if (isAtEnd) field.value = digits.replace(/(\d{4})(?=\d)/g, "$1 ");
  }
  if (field.name === "card_expiry" && /^\d{3,4}$/.test(field.value)) field.value = `${field.value.slice(0, 2)}/${field.value.slice(2)}`;
}

document.addEventListener("input", group);
document.addEventListener("compositionend", group);

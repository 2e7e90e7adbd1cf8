// The − and + beside a number of units.

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-units] [data-step]");
  if (!button) return;
  const input = button.closest("[data-units]").querySelector("input");
  const before = input.value;
  if (button.dataset.step === "1") input.stepUp();
  else input.stepDown();
  if (input.value !== before) input.dispatchEvent(new Event("change", { bubbles: true }));
});

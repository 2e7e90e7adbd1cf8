// Native dialogs, opened and closed by attributes; a press beside one closes it.

import "./built/htmx.js";

function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
  return dialog;
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    const dialog = openDialog(opener.dataset.opens);
    for (const [name, value] of Object.entries(opener.dataset)) {
      // data-fill-sku-id="…" puts the value into the dialog's field `sku_id`, data-fill-title into [data-filled=title]
      if (!name.startsWith("fill")) continue;
      const field = name.slice(4).replace(/^[A-Z]/, (letter) => letter.toLowerCase()).replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      for (const input of dialog?.querySelectorAll(`[name="${field}"]`) ?? []) input.value = value;
      for (const place of dialog?.querySelectorAll(`[data-filled="${field}"]`) ?? []) place.textContent = value;
    }
  }
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  if (event.target.matches("dialog.sheet")) event.target.close();
});

// `hx-confirm="…"` asks in our own dialog rather than the browser's.
document.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.ctx.confirm) return;
  event.preventDefault();
  const question = document.getElementById("question");
  document.getElementById("question-words").textContent = event.detail.ctx.confirm;
  question.addEventListener("close", () => (question.returnValue === "yes" ? event.detail.issueRequest() : event.detail.dropRequest()), { once: true });
  question.returnValue = "";
  question.showModal();
});
document.addEventListener("click", (event) => event.target.closest("[data-agrees]") && document.getElementById("question").close("yes"));

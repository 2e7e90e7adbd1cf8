// Native dialogs, opened and closed by attributes; a press beside one closes it.

import htmx from "./built/htmx.js";

export function openDialog(id) {
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

// A dialog that fetches what it shows: `<a hx-get=… hx-target="#cause-body" data-opens="cause">` opens at once.
document.addEventListener("close", (event) => {
  const body = event.target.querySelector?.("[data-emptied-on-close]");
  if (body) htmx.swap({ target: body, text: "", swap: "innerHTML" });
}, true);

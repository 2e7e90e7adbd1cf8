// Single-key commands. They are silent while a person types, and while a dialog is open.
// `<button data-key="f">` is pressed by its key; a module may add commands that are no button.

const commands = new Map();

/** `key` as in KeyboardEvent.key, lower case; "shift+1" for the second camera. */
export function command(key, run) {
  commands.set(key, run);
}

function isTyping(target) {
  return target.closest?.("input, textarea, select, [contenteditable]") !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) return;
  if (document.querySelector("dialog:modal")) return;
  // Digits by their place on the keyboard: Shift changes `key` differently in every layout.
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
  const key = digit ? `${event.shiftKey ? "shift+" : ""}${digit}` : event.key.toLowerCase();
  const button = document.querySelector(`[data-key="${CSS.escape(key)}"]:not(:disabled)`);
  const run = commands.get(key) ?? (button && (() => button.click()));
  if (!run) return;
  event.preventDefault();
  run(event);
});

command("?", () => document.getElementById("keys")?.showModal());
command("/", () => document.querySelector("input[type=search]")?.focus());

// The talk beside the show: one's own words at once, the others' as they come, the list at its end unless one reads back.

import { on } from "../ui/events.js";
import { toast } from "../ui/toasts.js";
import { say } from "../ui/words.js";
import { commentSignal, tellComment } from "./signals.js";

const SHOWN_MAX = 100;
const form = document.getElementById("compose");
const viewerName = form.dataset.viewerName;
let isAtEnd = true;

const list = () => document.getElementById("part-comments");

function toEnd() {
  const element = list();
  if (isAtEnd) element.scrollTop = element.scrollHeight;
}

function add({ id, viewer, text }, isPending = false) {
  const known = list().querySelector(`[data-comment="${CSS.escape(id)}"]`);
  if (known) return known.removeAttribute("data-pending");
  const item = document.createElement("li");
  item.className = "live-comment";
  item.dataset.comment = id;
  if (isPending) item.dataset.pending = "";
  const who = document.createElement("b");
  const what = document.createElement("span");
  who.textContent = viewer;
  what.textContent = text;
  item.append(who, " ", what);
  list().append(item);
  while (list().childElementCount > SHOWN_MAX) list().firstElementChild.remove();
  toEnd();
}

on("comment", (comment) => add(comment));

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = form.elements.namedItem("text");
  const text = field.value.trim();
  if (!text) return;
  const one = commentSignal(text);
  field.value = "";
  isAtEnd = true;
  add({ id: one.id, viewer: viewerName, text }, true);
  try {
    await tellComment(one);
    add({ id: one.id });
  } catch {
    list().querySelector(`[data-comment="${CSS.escape(one.id)}"]`)?.remove();
    if (!field.value) field.value = text;
    toast(say("not_sent"), "alarm");
  }
});

document.addEventListener("scroll", (event) => {
  const element = event.target;
  if (element.id === "part-comments") isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 40;
}, true);
document.addEventListener("htmx:after:swap", toEnd);
toEnd();

// What a person is doing in a part stays when the part is fetched again: typed text, open menus, words of a refusal, and
// a form's key while nobody knows what became of it. Focus and scroll stay by themselves, since a morph keeps elements.

import htmx from "./built/htmx.js";

let answered = null; // the form whose own answer is being swapped in: there the server's word counts

document.addEventListener("htmx:before:swap", (event) => {
  const form = event.detail.ctx.sourceElement?.closest("form");
  answered = form?.method === "post" ? form : null;
});
document.addEventListener("htmx:finally:swap", () => (answered = null));

function isAnswered(element) {
  return answered !== null && (answered.contains(element) || element.contains(answered));
}

function isTyped(field) {
  return "defaultValue" in field && field.type !== "hidden" && field.value !== field.defaultValue;
}

const held = {
  // Whether it's open is the reader's own affair, unless the answer to what was done in it has come.
  open: (element) => element.matches("details, dialog") && !isAnswered(element),
  value: (element) =>
    element.name === "request_id" ? "unanswered" in (element.form?.dataset ?? {}) : element.matches("input") && isTyped(element) && !isAnswered(element),
  "aria-invalid": (element) => element.form?.querySelector("[data-refusal]")?.hasChildNodes() ?? false,
  "data-unanswered": () => true,
};

htmx.registerExtension("keeping", {
  htmx_before_morph_attr: (element, { attrName }) => !held[attrName]?.(element),
  htmx_before_morph_node: (element) => {
    if (element.matches?.("textarea")) return !isTyped(element) || isAnswered(element);
    return !(element.matches?.("[data-refusal], [data-refusal-echo]") && element.hasChildNodes());
  },
});

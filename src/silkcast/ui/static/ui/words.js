// Translated words that templates hand to modules in `<script type="application/json" data-words>` blocks.

const words = {};
for (const block of document.querySelectorAll("script[data-words]")) Object.assign(words, JSON.parse(block.textContent));

/** The sentence by its name, with {placeholders} filled. */
export function say(name, facts = {}) {
  return (words[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => facts[key] ?? whole);
}

/** What `{{ value|page_data:"id" }}` put into the page. */
export function pageData(id) {
  const block = document.getElementById(id);
  return block ? JSON.parse(block.textContent) : null;
}

// A long list of countries: found by name, chosen all at once or none.

function labels(place) {
  return [...place.closest("[data-markets]").querySelectorAll("label")];
}

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-finds-market]")) return;
  const wanted = event.target.value.trim().toLocaleLowerCase();
  for (const label of labels(event.target)) label.hidden = !label.textContent.toLocaleLowerCase().includes(wanted);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-chooses-markets]");
  if (!button) return;
  for (const label of labels(button)) {
    if (!label.hidden) label.querySelector("input").checked = button.dataset.choosesMarkets === "all";
  }
});

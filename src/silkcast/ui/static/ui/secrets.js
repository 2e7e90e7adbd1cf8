// What a page shows once stays in sight until it's dismissed, whatever is fetched again meanwhile: it moves out of the
// part that brought it.

function keep() {
  const place = document.getElementById("secrets");
  for (const secret of document.querySelectorAll("[data-secret]")) {
    if (!place || place.contains(secret)) continue;
    for (const older of place.querySelectorAll(`[data-secret="${CSS.escape(secret.dataset.secret)}"]`)) older.remove();
    place.append(secret);
    secret.scrollIntoView({ block: "nearest" });
  }
}

document.addEventListener("htmx:after:swap", keep);
document.addEventListener("click", (event) => event.target.closest("[data-forgets]")?.closest("[data-secret]").remove());
keep();

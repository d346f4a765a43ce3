// Narrows a list while somebody types; without this script the whole list stands there.
for (const field of document.querySelectorAll("[data-filter]")) {
  const rows = [...document.getElementById(field.dataset.filter).querySelectorAll("[data-text]")];
  field.addEventListener("input", () => {
    const sought = field.value.trim().toLocaleLowerCase();
    for (const row of rows) row.hidden = !row.dataset.text.toLocaleLowerCase().includes(sought);
  });
}

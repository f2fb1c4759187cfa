// "All on this page" for the tick boxes of a table, and how many are chosen.
document.addEventListener("change", (event) => {
  const box = event.target.closest("[data-bulk]");
  if (!box || !event.target.matches('input[type="checkbox"]')) return;
  const all = box.querySelector("[data-bulk-all]");
  const rows = [...box.querySelectorAll("tbody .table__tick input")];
  if (event.target === all) for (const row of rows) row.checked = all.checked;
  const chosen = rows.filter((row) => row.checked).length;
  all.checked = chosen === rows.length;
  all.indeterminate = chosen > 0 && chosen < rows.length;
  const count = box.querySelector("[data-bulk-count]");
  count.textContent = chosen ? `${chosen} ${count.dataset.words}` : "";
});

// A form marked data-guard asks before its unsent words are left behind.
const unsent = new WeakSet();
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-guard]");
  if (form) unsent.add(form);
});
document.addEventListener("submit", (event) => unsent.delete(event.target));
addEventListener("beforeunload", (event) => {
  for (const form of document.querySelectorAll("form[data-guard]")) {
    if (unsent.has(form)) event.preventDefault();
  }
});

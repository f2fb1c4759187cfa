// Marks that scripts run, so that what needs them can show itself; moves focus to a summary of errors
// and the current one of many tabs into sight.
// Every behaviour listens on the document, so it also holds for fragments that arrive later.
document.documentElement.classList.add("js");
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  tab.parentElement.scrollLeft = tab.offsetLeft - 48;
}
document.querySelector("[data-focus]")?.focus({ preventScroll: false });
document.addEventListener("htmx:after:swap", () => document.querySelector("[data-focus]")?.focus());

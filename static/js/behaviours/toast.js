// Notices can be closed; good news leaves by itself after ten seconds unless it is being read.
document.addEventListener("click", (event) => {
  event.target.closest("[data-close]")?.closest("[data-toast]").remove();
});
setTimeout(() => {
  for (const toast of document.querySelectorAll(".toast--good, .toast--plain")) {
    if (!toast.matches(":hover, :focus-within")) toast.remove();
  }
}, 10000);

// Where a document is signed, notes that it was scrolled to its end: part of the evidence, never a condition.
const foot = document.querySelector("[data-scrolled] .sheet__colophon");
if (foot) {
  new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    for (const input of document.querySelectorAll('input[name="scrolled_to_end"]')) input.value = "1";
  }).observe(foot);
}

// Files may be dropped on their field, are named before they are sent, show how much has been sent, and stay chosen
// when the form comes back refused.
const chosenIn = (place) => [...place.querySelectorAll('[data-drop] input[type="file"]')];
const size = (bytes) => (bytes > 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1e3))} kB`);
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const drop = event.target.closest?.("[data-drop]");
    if (!drop) return;
    event.preventDefault();
    drop.classList.toggle("drop--over", kind === "dragover");
    if (kind !== "drop") return;
    const input = drop.querySelector('input[type="file"]');
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
document.addEventListener("change", (event) => {
  const list = event.target.closest("[data-drop]")?.querySelector("[data-drop-files]");
  if (!list) return;
  list.replaceChildren(...[...event.target.files].map((file) => {
    const line = document.createElement("li");
    line.textContent = `${file.name}, ${size(file.size)}`;
    return line;
  }));
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  const bar = form.querySelector("[data-drop] progress");
  const filled = chosenIn(form).filter((input) => input.files.length);
  if (!bar || !filled.length || event.defaultPrevented || form.matches("[hx-post], [hx-put]")) return;
  event.preventDefault();
  const request = new XMLHttpRequest();
  const body = new FormData(form, event.submitter);
  bar.hidden = false;
  request.upload.addEventListener("progress", (step) => { bar.value = (100 * step.loaded) / step.total; });
  request.addEventListener("load", () => {
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    history.pushState(null, "", request.responseURL);
    document.title = page.title;
    document.body.replaceWith(page.body);
    htmx.process(document.body);
    for (const { name, files } of request.status < 400 ? [] : filled) {
      const again = chosenIn(document).find((input) => input.name === name);
      if (!again) continue;
      again.files = files;
      again.dispatchEvent(new Event("change", { bubbles: true }));
    }
    document.querySelector("[data-focus], h1")?.scrollIntoView({ block: "center" });
  });
  request.addEventListener("error", () => { bar.hidden = true; mayBeSentAgain(form); problemNote("problem-network"); });
  request.open("POST", form.action);
  request.send(body);
});
addEventListener("popstate", () => location.reload());

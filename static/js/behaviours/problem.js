// A request that failed leaves the form as it stands: what went wrong is shown above the page instead.
// A refused form (422, or any answer that is not an error page) is swapped in as usual, typed text included.
function problemNote(name) {
  const place = document.getElementById("problem");
  if (!place) return;
  place.replaceChildren(document.getElementById(name).content.cloneNode(true));
  place.scrollIntoView({ block: "center" });
}
document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = event.detail;
  if (ctx.response.status === 401 && ctx.hx.redirect && ctx.request.method !== "GET") {
    delete ctx.hx.redirect;
    ctx.swap = "none";
    problemNote("problem-signed-out");
  } else if (ctx.text.includes("data-problem")) {
    ctx.target = document.getElementById("problem") ?? ctx.target;
    ctx.select = ".problem";
    ctx.swap = "innerHTML show:top ignoreTitle:true";
    ctx.push = ctx.replace = null;
  }
});
document.addEventListener("htmx:error", () => problemNote("problem-network"));

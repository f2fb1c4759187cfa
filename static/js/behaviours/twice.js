// A form that is on its way is not sent a second time, so a double tap is one message. It can be sent again once its
// answer is there, the page is come back to, or nothing was heard for twenty seconds. Listens before all others do.
const PATIENCE = 20000;
let sentAt = new WeakMap();
function mayBeSentAgain(form) {
  sentAt.delete(form);
}
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.getAttribute("method") !== "post") return;
  if (event.timeStamp - (sentAt.get(form) ?? -PATIENCE) < PATIENCE) {
    event.preventDefault();
    event.stopImmediatePropagation();
  } else {
    sentAt.set(form, event.timeStamp);
  }
}, true);
document.addEventListener("htmx:finally:request", (event) => {
  const { sourceElement, sourceEvent } = event.detail.ctx;
  if (sourceEvent?.type === "submit") mayBeSentAgain(sourceElement);
});
addEventListener("pageshow", () => { sentAt = new WeakMap(); });
addEventListener("beforeunload", (event) => {
  if (event.defaultPrevented) setTimeout(() => { sentAt = new WeakMap(); }); // she was asked, and stayed
});

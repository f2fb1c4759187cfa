// Points a review comment at a spot of an image or the present moment of a video; the words field beside it does the same by hand.
document.addEventListener("click", (event) => {
  const picture = event.target.closest("[data-spot-for] img");
  if (picture) {
    const form = document.getElementById(picture.closest("[data-spot-for]").dataset.spotFor);
    const box = picture.getBoundingClientRect();
    form.elements.spot_x.value = (100 * (event.clientX - box.left) / box.width).toFixed(1);
    form.elements.spot_y.value = (100 * (event.clientY - box.top) / box.height).toFixed(1);
    const mark = picture.parentElement.querySelector(".media__here");
    mark.setAttribute("cx", `${form.elements.spot_x.value}%`);
    mark.setAttribute("cy", `${form.elements.spot_y.value}%`);
    form.querySelector("textarea")?.focus();
  }
  const moment = event.target.closest("[data-moment-for]");
  if (moment) {
    const form = document.getElementById(moment.dataset.momentFor);
    const video = moment.closest(".media").querySelector("video");
    const seconds = Math.floor(video.currentTime);
    form.elements.moment.value = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    form.querySelector("textarea")?.focus();
  }
});

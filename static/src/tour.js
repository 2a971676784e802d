// Marks the part of the page that the step of a tour points at. The step itself came from the server.
const step = document.querySelector("[data-tour-step]");

function shown(part) {
  return [...document.querySelectorAll(`[data-tour="${part}"]`)].find((one) => one.offsetParent);
}

if (step) {
  const part = shown(step.dataset.tourStep);
  part?.classList.add("tour-here");
  part?.scrollIntoView({ block: "center" });
  step.focus({ preventScroll: true });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
    part?.classList.remove("tour-here");
    step.remove();
  });
}

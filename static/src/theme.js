// Runs before the first paint: the theme that this browser chose, and that scripts work.
const root = document.documentElement;
const chosen = localStorage.getItem("theme");
if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
root.classList.add("js");

// What every page does: theme, file drop, password shown, toasts that go.
const root = document.documentElement;
const stored = localStorage.getItem("theme");
if (stored) root.dataset.theme = stored;

document.addEventListener("click", (event) => {
  const theme = event.target.closest("[data-set-theme]");
  if (theme) {
    const name = theme.dataset.setTheme;
    if (name === "system") { delete root.dataset.theme; localStorage.removeItem("theme"); }
    else { root.dataset.theme = name; localStorage.setItem("theme", name); }
    document.dispatchEvent(new CustomEvent("themechange"));
  }
  const show = event.target.closest("[data-show-password]");
  if (show) {
    const input = document.getElementById(show.dataset.showPassword);
    const hidden = input.type === "password";
    input.type = hidden ? "text" : "password";
    show.textContent = hidden ? "Hide" : "Show";
  }
});

for (const drop of document.querySelectorAll("[data-drop]")) {
  const input = drop.querySelector("input[type=file]");
  const named = drop.querySelector("[data-file-name]");
  const tell = () => { if (input.files.length) named.textContent = input.files[0].name; };
  input.addEventListener("change", tell);
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (event) => { event.preventDefault(); drop.dataset.over = ""; });
  }
  for (const kind of ["dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => { event.preventDefault(); delete drop.dataset.over; });
  }
  drop.addEventListener("drop", (event) => { input.files = event.dataTransfer.files; tell(); });
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  const search = document.querySelector("[data-search]");
  if (event.key === "/" && !typing && search) { event.preventDefault(); search.focus(); }
  if (event.key === "Escape") document.querySelectorAll("details.who[open]").forEach((d) => d.removeAttribute("open"));
});

setTimeout(() => document.querySelectorAll(".toast").forEach((toast) => toast.remove()), 8000);

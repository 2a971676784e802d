// What every page does: theme, menus, file drop, password shown, messages that go.
import "./figure.js";
import "./pressed.js";
import "./palette.js";
import "./forms.js";
import "./keep.js";
import "./tour.js";

const root = document.documentElement;
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

function showTheme() {
  const now = root.dataset.theme || "system";
  for (const button of all("[data-set-theme]")) {
    button.setAttribute("aria-pressed", String(button.dataset.setTheme === now));
  }
}

function setTheme(name) {
  if (name === "system") {
    delete root.dataset.theme;
    localStorage.removeItem("theme");
  } else {
    root.dataset.theme = name;
    localStorage.setItem("theme", name);
  }
  showTheme();
  document.dispatchEvent(new CustomEvent("themechange"));
}

function showPassword(button) {
  const input = document.getElementById(button.dataset.showPassword);
  const hidden = input.type === "password";
  input.type = hidden ? "text" : "password";
  button.textContent = hidden ? "Hide" : "Show";
  button.setAttribute("aria-pressed", String(hidden));
}

function openNavigation(button, open) {
  const nav = document.getElementById(button.getAttribute("aria-controls"));
  nav.toggleAttribute("data-open", open);
  button.setAttribute("aria-expanded", String(open));
}

document.addEventListener("click", (event) => {
  const of = (selector) => event.target.closest(selector);
  if (of("[data-set-theme]")) setTheme(of("[data-set-theme]").dataset.setTheme);
  if (of("[data-show-password]")) showPassword(of("[data-show-password]"));
  if (of("[data-dismiss]")) of(".toast").remove();
  const menu = of("[data-menu]");
  if (menu) openNavigation(menu, menu.getAttribute("aria-expanded") !== "true");
  for (const open of all("details.who[open]")) if (!open.contains(event.target)) open.open = false;
});

function closeAll() {
  for (const open of all("details.who[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
  for (const button of all("[data-menu][aria-expanded=true]")) openNavigation(button, false);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeAll();
});

for (const drop of all("[data-drop]")) {
  const input = drop.querySelector("input[type=file]");
  const named = drop.querySelector("[data-file-name]");
  const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
  const tell = () => {
    const file = input.files[0];
    if (file) named.textContent = `${file.name}, ${size(file.size)}`;
  };
  input.addEventListener("change", tell);
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.toggleAttribute("data-over", kind === "dragenter" || kind === "dragover");
    });
  }
  drop.addEventListener("drop", (event) => {
    input.files = event.dataTransfer.files;
    tell();
  });
}

// A dangerous verb stays blocked until its number is typed.
document.addEventListener("input", (event) => {
  const wanted = event.target.dataset.unlocks;
  if (wanted) event.target.form.querySelector("[data-locked]").disabled = event.target.value.trim() !== wanted;
});

// What a page, or a part that came later, needs once it is there.
function prepare(part) {
  for (const button of all("[data-locked]", part)) button.disabled = true;
  // Who has no mouse moves a wide table with the arrow keys.
  for (const box of all(".scroll, .scroll-y", part)) if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
}

prepare(document);
document.addEventListener("htmx:load", (event) => prepare(event.target));
showTheme();

// A message goes after eight seconds, but not while somebody points at it or stands in it.
function letGo(toast) {
  if (toast.matches(":hover, :focus-within")) setTimeout(() => letGo(toast), 2000);
  else toast.remove();
}
setTimeout(() => all(".toasts .toast:not(.error)").forEach(letGo), 8000);

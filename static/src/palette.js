// Finding anything by keyboard, the list of keys, and what a figure means: three dialogs of the
// browser's own, which hold the focus and give it back. Without scripts all three are pages.
const palette = document.getElementById("palette");
const sheet = document.getElementById("sheet");
const keys = document.getElementById("keys");
const input = palette?.querySelector("[data-palette-input]");
const bar = document.querySelector("[data-find]");

const hits = () => [...palette.querySelectorAll("a.hit, .found-more a, .found-nothing a")];
const shownFor = () => palette.querySelector(".found")?.dataset.foundFor;

function openPalette(text = "") {
  if (palette.open) return;
  palette.showModal();
  input.value = text;
  input.focus();
  input.setSelectionRange(text.length, text.length);
  input.dispatchEvent(new Event("palette"));
}

// The first hit is what Enter opens while the focus is in the field.
function move(step) {
  const all = hits();
  const at = all.indexOf(document.activeElement);
  const next = at + step;
  if (at < 0 && step > 0) all[0]?.focus();
  else if (next < 0) input.focus();
  else all[Math.min(next, all.length - 1)]?.focus();
}

function inPalette(event) {
  const typing = document.activeElement === input;
  if (event.key === "ArrowDown") move(1);
  else if (event.key === "ArrowUp") move(-1);
  // A search field keeps the first Escape for itself.
  else if (event.key === "Escape") palette.close();
  else if (event.key === "Enter" && typing) {
    // What is shown may still be of fewer letters: then the page of results answers.
    const first = palette.querySelector("a.hit");
    if (!first || shownFor() !== input.value.trim()) return;
    first.click();
  } else {
    if (!typing && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) input.focus();
    return;
  }
  event.preventDefault();
}

if (palette) {
  palette.addEventListener("keydown", inPalette);
  bar.addEventListener("click", () => openPalette(bar.value));
  bar.addEventListener("input", () => {
    const text = bar.value;
    bar.value = "";
    openPalette(text);
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open-palette]");
    if (!opener) return;
    event.preventDefault();
    openPalette();
  });
}

document.addEventListener("keydown", (event) => {
  if (!palette) return;
  const typing = event.target.closest("input, textarea, select");
  const busy = document.querySelector("dialog[open]");
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (event.key === "k" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    for (const other of document.querySelectorAll("dialog[open]")) if (other !== palette) other.close();
    openPalette();
  } else if (event.key === "/" && plain && !typing && !busy) {
    event.preventDefault();
    const search = document.querySelector("[data-search]");
    if (search) search.focus();
    else openPalette();
  } else if (event.key === "?" && !event.ctrlKey && !typing && !busy) {
    event.preventDefault();
    keys.showModal();
  }
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open-keys]");
  if (opener) {
    event.preventDefault();
    keys.showModal();
  }
  const dialog = event.target.closest("dialog");
  // A press on the dialog itself is one outside of what stands in it.
  if (dialog && (event.target === dialog || event.target.closest("[data-close]"))) dialog.close();
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "sheet-shown" && !sheet.open) sheet.showModal();
});

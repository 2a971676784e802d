// What was chosen and typed in a form that says data-keep outlives a reload, and a server that was
// away when it was sent. It is let go of once another page of ours has come.
const NAME = "kept-form";
const form = () => document.querySelector("form[data-keep]");

function keep({ target }) {
  if (!target.form || target.form !== form()) return;
  const fields = [...new FormData(target.form)].filter(([name]) => name !== "csrfmiddlewaretoken");
  sessionStorage.setItem(NAME, JSON.stringify({ path: location.pathname, fields }));
}

function bringBack() {
  const kept = JSON.parse(sessionStorage.getItem(NAME) || "null");
  if (!kept) return;
  if (kept.path !== location.pathname || !form()) {
    sessionStorage.removeItem(NAME);
    return;
  }
  // Fields of one name are told by their order, as the parts of a name are.
  const said = {};
  for (const [name, value] of kept.fields) (said[name] ??= []).push(value);
  let chosen;
  for (const field of form().elements) {
    if (["hidden", "file", "submit"].includes(field.type)) continue;
    if (["checkbox", "radio"].includes(field.type)) {
      field.checked = (said[field.name] ?? []).includes(field.value);
      continue;
    }
    const value = said[field.name]?.shift();
    if (value === undefined || value === field.value) continue;
    field.value = value;
    if (field.matches("select")) chosen = field;
  }
  // What hangs on a choice is shown as it was.
  chosen?.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("input", keep);
document.addEventListener("change", keep);
addEventListener("load", bringBack);

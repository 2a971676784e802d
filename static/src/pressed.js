// Buttons of a form that is answered while one types: the part they stand in may be swapped before
// their request is sent, and htmx then forgets which one was pressed. Here each press is kept, and
// goes with one request; data-keeps-presses is the name of the buttons.
const pressed = new WeakMap();

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-keeps-presses] button");
  if (!button || button.name !== button.form?.dataset.keepsPresses) return;
  pressed.set(button.form, [...(pressed.get(button.form) || []), button.value]);
});

document.addEventListener("htmx:configRequest", (event) => {
  const { elt, parameters } = event.detail;
  if (!elt.matches("[data-keeps-presses]")) return;
  const [next, ...rest] = pressed.get(elt) || [];
  pressed.set(elt, rest);
  if (next) parameters[elt.dataset.keepsPresses] = next;
  else delete parameters[elt.dataset.keepsPresses];
});

// A form is sent once, however often its button is pressed, and with the token of now: who signed
// in again in another tab goes on here. A page that was signed out says so, and stays as it is.
const LONG = 20000;
const DOWNLOAD = 2000;

const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];

function free(form) {
  delete form.dataset.sent;
  form.removeAttribute("aria-busy");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
  const field = form.elements.csrfmiddlewaretoken;
  if (field && token()) field.value = token();
  // A download leaves the page where it is, and an answer may never come.
  setTimeout(() => free(form), "download" in form.dataset ? DOWNLOAD : LONG);
});

// Back to a page that the browser kept as it was.
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(free));

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (!token()) return;
  detail.headers["X-CSRFToken"] = token();
  if ("csrfmiddlewaretoken" in detail.parameters) detail.parameters.csrfmiddlewaretoken = token();
});

document.addEventListener("htmx:responseError", ({ detail }) => {
  const told = document.querySelector("[data-signed-out]");
  if (detail.xhr.status === 401 && told) told.hidden = false;
});
document.addEventListener("htmx:afterOnLoad", ({ detail }) => {
  const told = document.querySelector("[data-signed-out]");
  if (detail.xhr.status < 400 && told) told.hidden = true;
});

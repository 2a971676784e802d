// What a shop's page tells of its visitors, once they agree: it is served to other sites.
// Before they agree nothing is stored and nothing is sent. What was not received is sent again:
// each row carries its own moment, so that the same row twice counts once.
const tag = document.currentScript;
const { key, ask, yes = "Allow", no = "No, thanks", privacy } = tag.dataset;
const NAME = "cba";
const MOST_WAITING = 200;
const MOST_AT_ONCE = 20;
const LONGEST_KEPT_ALIVE = 60000;
const paths = ["events/", "transactions/"];
const held = [];
// Whom the page has named, until that may be kept.
let who;
let timer;
let busy = 0;
let failures = 0;

const state = () => {
  try {
    return JSON.parse(localStorage.getItem(NAME)) || {};
  } catch {
    return {};
  }
};
const keep = (now) => {
  try {
    localStorage.setItem(NAME, JSON.stringify(now));
  } catch {
    // Nothing can be kept here; what is sent is sent once.
  }
};
const newId = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
const address = (path) => new URL(`/api/v1/${path}?key=${encodeURIComponent(key)}`, tag.src);

const later = (seconds) => {
  clearTimeout(timer);
  timer = setTimeout(send, seconds * 1000);
};
const batch = (path) => (state().q || []).filter((one) => one.p === path).slice(0, MOST_AT_ONCE);
const lines = (some) => some.map((one) => JSON.stringify(one.r)).join("\n");

const post = async (path) => {
  const some = batch(path);
  if (!some.length) return;
  const body = lines(some);
  const answer = await fetch(address(path), {
    method: "POST",
    body,
    credentials: "omit",
    keepalive: body.length < LONGEST_KEPT_ALIVE,
  });
  // What is wrong in itself stays wrong; all else may be received the next time.
  if (!answer.ok && answer.status !== 400) throw answer.status;
  const now = state();
  now.q = (now.q || []).filter((one) => !some.some((sent) => sent.i === one.i));
  keep(now);
};
const send = async () => {
  if (busy) return;
  busy = 1;
  try {
    for (const path of paths) await post(path);
    failures = 0;
  } catch {
    failures += 1;
  }
  busy = 0;
  if (state().q?.length) later(Math.min(300, 2 ** failures));
};

const write = (path, row) => {
  const now = state();
  if (now.ok === undefined) return held.push([path, row]);
  if (!now.ok) return;
  const whole = path === paths[0] ? { visitor_id: now.v, ...row } : { customer_id: who || now.c, ...row };
  now.q = [...(now.q || []), { i: newId(), p: path, r: whole }].slice(-MOST_WAITING);
  keep(now);
  later(0.5);
};
// Two events of one browser never share a moment.
let last = 0;
const moment = () => new Date((last = Math.max(Date.now(), last + 1))).toISOString();
const event = (kind, more = {}) =>
  write(paths[0], { kind, at: moment(), url: location.origin + location.pathname, ...more });

const agree = (ok) => {
  const now = state();
  document.getElementById(NAME)?.remove();
  keep(ok ? { ...now, ok, v: now.v || newId(), c: who || now.c } : { ok });
  for (const [path, row] of held.splice(0)) write(path, row);
};
const says = {
  consent: agree,
  page: () => event("visit"),
  product: (sku) => event("product_view", { sku }),
  search: (words) => event("search", { properties: { words } }),
  basket: (sku, properties) => event("basket", { sku, properties }),
  identify: (customer) => {
    const now = state();
    const said = who || now.c;
    who = customer;
    if (now.ok) keep({ ...now, c: customer });
    if (said !== customer) event("sign_in", { customer_id: customer });
  },
  // Whoever uses this browser next is somebody else.
  forget: () => {
    const { ok, q } = state();
    who = undefined;
    if (ok) keep({ ok, q, v: newId() });
  },
  order: ({ order_id, customer_id, currency, lines: bought }) => {
    if (customer_id) says.identify(customer_id);
    const now = state();
    if (now.o?.includes(order_id)) return;
    if (now.ok) keep({ ...now, o: [...(now.o || []), order_id].slice(-20) });
    const occurred_at = moment();
    event("order", { properties: { order_id } });
    // Whose an order is must be known: of nobody's the event alone is kept.
    if (!who && !now.c) return;
    bought.forEach((line, place) =>
      write(paths[1], { order_id, line_number: place + 1, occurred_at, currency, ...line }),
    );
  },
};

const question = () => {
  const box = document.createElement("div");
  box.id = NAME;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", ask);
  box.style.cssText =
    "position:fixed;inset:auto 0 0;z-index:9999;padding:12px 16px;background:#fff;color:#111;border-top:1px solid #767676;font:15px/1.5 system-ui,sans-serif";
  box.append(ask);
  if (privacy) {
    const link = document.createElement("a");
    link.href = privacy;
    link.append(privacy.replace(/^https?:\/\//, ""));
    link.style.cssText = "color:inherit;margin-left:8px";
    box.append(link);
  }
  for (const [words, ok] of [[no, false], [yes, true]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(words);
    button.style.cssText =
      "margin-left:12px;padding:8px 14px;font:inherit;border:1px solid #111;border-radius:4px;background:#fff;color:#111";
    button.onclick = () => agree(ok);
    box.append(button);
  }
  document.body.append(box);
};

const start = () => {
  const meta = (name) => document.querySelector(`meta[name="cba-${name}"]`)?.content;
  const before = Array.isArray(window.cba) ? window.cba : [];
  window.cba = (verb, ...rest) => says[verb]?.(...rest);
  if (navigator.globalPrivacyControl && state().ok === undefined) return;
  if (meta("customer")) says.identify(meta("customer"));
  says.page();
  if (meta("product")) says.product(meta("product"));
  for (const [verb, ...rest] of before) window.cba(verb, ...rest);
  if (state().ok === undefined && ask) question();
  if (state().ok) later(0);
};
addEventListener("pagehide", () => {
  // No answer is heard any more: they stay until one is, on the next page.
  for (const path of paths) {
    const some = batch(path);
    if (some.length) navigator.sendBeacon(address(path), lines(some));
  }
});
if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
else start();

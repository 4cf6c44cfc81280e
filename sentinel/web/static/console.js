// The console's own behaviour: keys, selection, forms that send themselves. Every page works without it.
// htmx only renews the parts marked hx-get; see the templates.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const one = (selector, root = document) => root.querySelector(selector);

document.documentElement.classList.add("scripted");

// Selection in the queue

const picks = () => all('input[name="selected"]');

function showSelection() {
  const chosen = picks().filter((box) => box.checked);
  const label = one("[data-selected]");
  if (!label) return;
  label.hidden = chosen.length === 0;
  label.textContent = chosen.length;
  const everything = one("[data-select-all]");
  everything.checked = chosen.length > 0 && chosen.length === picks().length;
  everything.indeterminate = chosen.length > 0 && chosen.length < picks().length;
  for (const box of picks()) box.closest("tr").classList.toggle("picked", box.checked);
  const whole = one('input[name="scope"]');
  for (const button of all(".bulk button, .bulk summary")) {
    const idle = chosen.length === 0 && !(whole && whole.checked);
    if (button.tagName === "SUMMARY") button.classList.toggle("disabled", idle);
    else button.disabled = idle;
  }
}

document.addEventListener("change", (event) => {
  const box = event.target;
  if (box.matches("[data-select-all]")) for (const pick of picks()) pick.checked = box.checked;
  if (box.matches("[data-submit]")) box.form.requestSubmit();
  if (box.type === "checkbox") showSelection();
});

// Parts that renew themselves

const live = () => one("#live");
let total = live()?.dataset.total;

document.addEventListener("htmx:before:request", (event) => {
  if (document.hidden) event.preventDefault(); // nobody looks: leave the server in peace
});

document.addEventListener("htmx:after:swap", () => {
  showSelection();
  const now = live()?.dataset.total;
  if (now !== undefined && now !== total) {
    const announce = one("#announce");
    announce.textContent = `${announce.dataset.text} ${now}`;
    total = now;
  }
});

// Keys

const rows = () => all("[data-row]");
const link = (row) => one(".what a", row);
const current = () => document.activeElement?.closest?.("[data-row]");
const closing = () => one("#closing") ?? one("#closer");

function move(step) {
  const list = rows();
  if (list.length === 0) return;
  const at = list.indexOf(current());
  const next = list[at < 0 ? (step > 0 ? 0 : list.length - 1) : Math.min(Math.max(at + step, 0), list.length - 1)];
  link(next).focus();
  next.scrollIntoView({ block: "nearest" });
}

function pick(row, checked) {
  const box = row && one('input[name="selected"]', row);
  if (box) box.checked = checked ?? !box.checked;
  showSelection();
}

function pickCurrent() {
  if (!picks().some((box) => box.checked)) pick(current(), true);
  return picks().some((box) => box.checked);
}

function close() {
  const place = closing();
  if (!place || (place.id === "closer" && !pickCurrent())) return;
  if (place.tagName === "DETAILS") place.open = true;
  one('input[type="radio"]', place).focus();
}

function assign() {
  const form = one("#bulk");
  const button = form ? one('button[value="assign"]', form) : one('[data-key="a"]');
  if (button && (!form || pickCurrent())) button.click();
}

const actions = {
  j: () => move(1),
  k: () => move(-1),
  x: () => pick(current()),
  o: () => current() && link(current()).click(),
  e: close,
  a: assign,
  c: () => (one("#note") ?? one('#closer input[name="note"]'))?.focus(),
  u: () => one('[data-key="u"]')?.click(),
  "/": () => (one("[data-search]") ?? one("#bar-q"))?.select(),
  "?": () => one("#keys").showModal(),
};
const places = { i: "/alerts", h: "/events", d: "/decisions", t: "/terminals", p: "/policies", r: "/rules", s: "/status" };
let going = 0;

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of all("details.menu[open]")) menu.open = false;
  if (event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
  const typed = event.composedPath()[0]; // also within an editor, whose inside the page does not see
  if (typed.isContentEditable || typed.matches("input:not([type=checkbox]):not([type=radio]), textarea, select")) return;
  if (Date.now() - going < 1200 && places[event.key]) {
    location.assign(places[event.key]);
  } else if (event.key === "g") {
    going = Date.now();
  } else if (actions[event.key]) {
    event.preventDefault();
    actions[event.key]();
  }
});

// Small things

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) one(`#${opener.dataset.open}`).showModal();
  if (event.target.matches("summary.disabled")) event.preventDefault();
  for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

function openTarget() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target?.tagName === "DETAILS") {
    target.open = true;
    target.scrollIntoView({ block: "nearest" });
  }
}
addEventListener("hashchange", openTarget);

document.addEventListener("submit", (event) => {
  if (event.target.method === "get") {
    for (const input of all("input, select", event.target)) if (input.value === "") input.disabled = true; // short addresses
    setTimeout(() => { for (const input of all("input, select", event.target)) input.disabled = false; });
  }
});

openTarget();
showSelection();

"use strict";
// Keeps the open page as new as the record. Without script a page is what it was when it was asked.
const body = document.body;
const SOON_MS = 1500, AGAIN_MS = 3000;
let stamp = body.dataset.stamp;
const own = body.dataset.page || location.href; // where the page is asked for; of a form, who holds it
let source = null, timer = 0, asked = 0, over = false;

const escaped = (text) => CSS.escape(text);
const isTyped = (field) => {
  if (field.type === "hidden" || field.type === "search") return field === document.activeElement;
  if (field.tagName === "SELECT") return field.selectedIndex !== Math.max(0, [...field.options].findIndex((o) => o.defaultSelected));
  if (field.defaultValue === undefined) return false; // a button
  return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
};
/* A form that somebody fills stays as it is, with the revision that they have read. */
const isFilled = (form) => form.contains(document.activeElement) || [...form.elements].some((field) => field.value !== undefined && isTyped(field));

/* What answers a form stays, too: a refusal, a token that is shown once. */
const isKept = (main) => body.dataset.page || [...main.querySelectorAll("form")].some(isFilled);

const pathTo = (element) => {
  if (!element || element === body || !element.closest("main, #needs")) return null;
  if (element.id) return "#" + escaped(element.id);
  const href = element.getAttribute("href");
  if (href) return `main a[href="${escaped(href)}"]`;
  const name = element.getAttribute("name");
  return name ? `main [name="${escaped(name)}"]` : null;
};

const swap = (fresh) => {
  const main = document.getElementById("main");
  const next = fresh.getElementById("main");
  if (isKept(main)) return keep(fresh);
  if (!next) return location.reload();
  const focus = pathTo(document.activeElement);
  const open = [...main.querySelectorAll("details[open] > summary")].map((one) => one.textContent);
  const scrolled = [...main.querySelectorAll(".wide")].map((one) => one.scrollLeft);
  const selected = getSelection();
  if (selected && !selected.isCollapsed && main.contains(selected.anchorNode)) return keep(fresh);
  const [x, y] = [scrollX, scrollY];
  main.replaceWith(next);
  for (const one of next.querySelectorAll("summary")) if (open.includes(one.textContent)) one.parentElement.open = true;
  next.querySelectorAll(".wide").forEach((one, at) => { one.scrollLeft = scrolled[at] || 0; });
  note(fresh);
  scrollTo(x, y);
  if (focus) document.querySelector(focus)?.focus({ preventScroll: true });
  ready();
};

const note = (fresh) => {
  for (const id of ["needs", "fresh"]) {
    const [old, now] = [document.getElementById(id), fresh.getElementById(id)];
    if (old && now && old.innerHTML !== now.innerHTML && !old.contains(document.activeElement)) old.replaceWith(now);
  }
  document.title = fresh.title;
};

const show = (id, is) => { const sign = document.getElementById(id); if (sign) sign.hidden = !is; };
const held = () => {
  show("held", true);
  for (const link of document.querySelectorAll("#held a")) link.href = own;
};
const lost = (is) => show("link-lost", is);

/* The page stays and says so. Who signed in again may send what stands there: not somebody else. */
const keep = (fresh) => {
  const [name, now] = [document, fresh].map((page) => page.querySelector('.who a[href="/account"]')?.textContent);
  note(fresh);
  held();
  over = name !== now;
  show("session-over", over);
  const token = fresh.querySelector('input[name="csrf"]')?.value;
  if (over || !token) return;
  for (const field of document.querySelectorAll('input[name="csrf"]')) field.value = token;
};

const leave = () => {
  over = isKept(document.getElementById("main"));
  if (!over) return location.reload();
  lost(false);
  show("session-over", true);
};

const renew = async () => {
  timer = 0;
  asked = Date.now();
  try {
    const answer = await fetch(own, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (answer.redirected || answer.status === 401) return leave();
    if (!answer.ok) return answer.status < 500 ? held() : lost(true);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (fresh.body.dataset.stamp) stamp = fresh.body.dataset.stamp;
    swap(fresh);
    lost(false);
  } catch { lost(true); }
};

const listen = () => {
  if (source || document.hidden || !body.dataset.live) return;
  source = new EventSource(`${body.dataset.live}?at=${encodeURIComponent(stamp)}`);
  source.onopen = () => { lost(false); if (over) renew(); };
  source.onmessage = (event) => {
    if (event.data === stamp || timer) return;
    timer = setTimeout(renew, Math.max(SOON_MS * Math.random(), AGAIN_MS - (Date.now() - asked)));
  };
  source.onerror = () => {
    lost(true);
    if (!source || source.readyState !== EventSource.CLOSED) return;
    sleep(); // refused: the session may be over, and then the page leads to where one signs in
    timer = setTimeout(renew, SOON_MS * Math.random());
    setTimeout(listen, 10000);
  };
};
const sleep = () => { source?.close(); source = null; clearTimeout(timer); timer = 0; };

const ready = () => {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.onclick = async () => {
      const text = document.getElementById(button.dataset.copy);
      try { await navigator.clipboard.writeText(text.value); } catch { text.select(); document.execCommand("copy"); }
      button.textContent = button.dataset.copied;
    };
  }
};

document.addEventListener("visibilitychange", () => (document.hidden ? sleep() : listen()));
addEventListener("pagehide", sleep);
addEventListener("pageshow", listen);
addEventListener("keydown", (event) => {
  const typing = /INPUT|TEXTAREA|SELECT/.test(document.activeElement.tagName);
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const search = document.querySelector(".search input");
  if (search) { event.preventDefault(); search.focus(); }
});
ready();
listen();

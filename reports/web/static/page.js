"use strict";
// Keeps the open page as new as the record. Without script a page is what it was when it was asked.
const body = document.body;
const SOON_MS = 1500, AGAIN_MS = 3000;
let stamp = body.dataset.stamp;
let source = null, timer = 0, asked = 0;

const escaped = (text) => CSS.escape(text);
const isTyped = (field) => {
  if (field.type === "hidden" || field.type === "search") return field === document.activeElement;
  if (field.tagName === "SELECT") return [...field.options].some((o) => o.selected !== o.defaultSelected && o.value);
  return field.value !== field.defaultValue;
};
/* A form that somebody fills stays as it is, with the revision that they have read. */
const isFilled = (form) => form.contains(document.activeElement) || [...form.elements].some((field) => field.value !== undefined && isTyped(field));

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
  if (!next) return location.reload();
  if ([...main.querySelectorAll("form")].some(isFilled)) return note(fresh);
  const focus = pathTo(document.activeElement);
  const open = [...main.querySelectorAll("details[open] > summary")].map((one) => one.textContent);
  const scrolled = [...main.querySelectorAll(".wide")].map((one) => one.scrollLeft);
  const selected = getSelection();
  if (selected && !selected.isCollapsed && main.contains(selected.anchorNode)) return note(fresh);
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

const lost = (is) => { const sign = document.getElementById("link-lost"); if (sign) sign.hidden = !is; };

const renew = async () => {
  timer = 0;
  asked = Date.now();
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (answer.redirected || answer.status === 401) return location.reload();
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (fresh.body.dataset.stamp) stamp = fresh.body.dataset.stamp;
    swap(fresh);
    lost(false);
  } catch { lost(true); }
};

const listen = () => {
  if (source || document.hidden || !body.dataset.live) return;
  source = new EventSource(`${body.dataset.live}?at=${encodeURIComponent(stamp)}`);
  source.onopen = () => lost(false);
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

// A sheet: registers the worker that keeps it, tells the age of a copy, prints.
"use strict";
(() => {
  const root = document.documentElement;
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  const told = new Intl.RelativeTimeFormat(root.lang, { numeric: "always" });
  function age(ms) {
    const minutes = Math.round(ms / 60000);
    if (minutes < 90) return told.format(-minutes, "minute");
    return minutes < 48 * 60 ? told.format(-Math.round(minutes / 60), "hour") : told.format(-Math.round(minutes / 1440), "day");
  }
  function tellAge() {
    for (const one of document.querySelectorAll("[data-age]")) {
      one.textContent = "(" + age(Math.max(0, Date.now() - Number(one.dataset.age))) + ")";
    }
  }
  tellAge();
  setInterval(tellAge, 30000);

  window.addEventListener("offline", () => root.setAttribute("data-kept", ""));
  // A telephone says "online" before it is; and who goes to another page is not held back.
  // A number that is called looks like leaving, too, and the page stays.
  let leaving = false;
  const stay = () => { leaving = false; };
  window.addEventListener("beforeunload", () => { leaving = true; setTimeout(stay, 10000); });
  window.addEventListener("pageshow", stay);
  window.addEventListener("online", () => {
    fetch(location.href, { method: "HEAD", cache: "no-store" }).then(() => leaving || location.reload(), () => {});
  });

  for (const input of document.querySelectorAll("input[data-most]")) {
    input.addEventListener("change", () => {
      const large = input.files[0] && input.files[0].size > Number(input.dataset.most);
      input.setCustomValidity(large ? input.dataset.large : "");
      input.reportValidity();
    });
  }

  if (!("serviceWorker" in navigator)) return;
  navigator.serviceWorker.register("/offline/worker.js", { scope: "/sheet" });
  const kept = root.hasAttribute("data-kept");
  navigator.serviceWorker.ready.then(({ active }) => {
    const isSheet = /^\/sheet\/[^/]+$/.test(location.pathname) || location.pathname === "/sheets";
    // The first visit came before the worker; later ones go through it.
    if (!kept && isSheet && !navigator.serviceWorker.controller) active.postMessage({ keep: [location.href] });
    if (!kept) active.postMessage({ renew: true });
    keepMany(active);
  });

  function keepMany(worker) {
    const button = document.querySelector("[data-keep]");
    if (!button) return;
    const progress = document.querySelector("[data-progress]");
    button.hidden = kept;
    button.addEventListener("click", () => {
      button.disabled = true;
      const links = [...document.querySelectorAll("a[data-sheet]")].map((one) => one.href);
      const wanted = [...links, location.href, new URL("/sheets", location.href).href];
      const channel = new MessageChannel();
      channel.port1.onmessage = ({ data }) => {
        const { done, failed, of } = data;
        const words = [progress.dataset.done + ": " + done + "/" + of];
        if (failed) words.push(progress.dataset.failed + ": " + failed);
        progress.textContent = words.join(". ");
        progress.toggleAttribute("data-over", done + failed >= of);
        button.disabled = done + failed < of;
      };
      worker.postMessage({ keep: wanted }, [channel.port2]);
    });
  }

  const list = document.querySelector("[data-kept-list]");
  if (list && "caches" in window) showKept(list);
  async function showKept(section) {
    const rows = [];
    const cache = await caches.open("canh-sheets-2"); // as in worker.js
    for (const request of await cache.keys()) {
      const { pathname, search } = new URL(request.url);
      if (!pathname.startsWith("/sheet")) continue;
      const { headers } = await cache.match(request);
      const called = decodeURIComponent(headers.get("X-Canh-Name") || "");
      if (called) rows.push({ href: pathname + search, called, made: Date.parse(headers.get("Date")) });
    }
    rows.sort((one, other) => one.called.localeCompare(other.called, "vi"));
    for (const { href, called, made } of rows) {
      const link = document.createElement("a");
      link.href = href;
      link.textContent = called;
      const line = document.createElement("li");
      line.append(link, " " + age(Math.max(0, Date.now() - made)));
      section.querySelector("ul").append(line);
    }
    section.hidden = rows.length === 0;
  }
})();

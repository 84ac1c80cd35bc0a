// On every page: copies of sheets that were kept for somebody else, or for nobody any more, go.
"use strict";
(() => {
  if (!("caches" in window)) return;
  const NAME = "canh-sheets-2"; // as in worker.js
  const owner = (/(?:^|; )owner=(\w+)/.exec(document.cookie) || [])[1];
  const forgetOthers = async () => {
    const kept = await caches.match("/owner", { cacheName: NAME });
    if (kept && (await kept.text()) !== owner) await caches.delete(NAME);
  };
  if (owner) forgetOthers();
  document.addEventListener("submit", (event) => {
    if (new URL(event.target.action).pathname === "/sign-out") caches.delete(NAME);
  });
})();

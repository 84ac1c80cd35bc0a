// On every page: copies of sheets that were kept for somebody else, or for nobody any more, go.
"use strict";
(() => {
  if (!("caches" in window)) return;
  const owner = (/(?:^|; )owner=(\w+)/.exec(document.cookie) || [])[1];
  const forget = async (which) => {
    const names = (await caches.keys()).filter((name) => name.startsWith("canh-sheets-") && which(name));
    await Promise.all(names.map((name) => caches.delete(name)));
  };
  if (owner) forget((name) => !name.endsWith("-" + owner));
  document.addEventListener("submit", (event) => {
    if (new URL(event.target.action).pathname === "/sign-out") forget(() => true);
  });
})();

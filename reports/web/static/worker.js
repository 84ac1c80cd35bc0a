// Keeps the sheets that were opened, or asked for, with what they show; nothing else.
"use strict";
const PREFIX = "canh-sheets-";
const NAME = PREFIX + "2"; // raise the number when what is kept changes its form
const OWNER = "/owner"; // whose copies these are, among them
const MOST = 1000; // sheets
const AT_ONCE = 4;
const PATIENCE_MS = 4000; // after which a kept sheet is shown though the answer may still come
const STALE_MS = 15 * 60 * 1000;

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  event.waitUntil(
    forgetOlder().then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (isSheet(url)) event.respondWith(sheet(event, address(url)));
  else if (isPart(url)) event.respondWith(part(event.request));
});

self.addEventListener("message", (event) => {
  const port = event.ports[0];
  const work = event.data.keep ? keepAll(event.data.keep, port) : renew();
  event.waitUntil(work);
});

function isSheet(url) {
  return /^\/sheet\/[^/]+$/.test(url.pathname) || url.pathname === "/sheets";
}

function isPart(url) {
  return url.pathname.startsWith("/static/") || /^\/photos\/[0-9a-f]{64}\.small\.jpg$/.test(url.pathname);
}

// Without the language: the one that was read last is kept.
function address(url) {
  const unit = url.pathname === "/sheets" && url.searchParams.get("unit");
  return url.pathname + (unit ? "?unit=" + encodeURIComponent(unit) : "");
}

async function held(at) {
  return (await caches.open(NAME)).match(at);
}

async function forgetOlder() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME);
  await Promise.all(names.map((name) => caches.delete(name)));
}

async function ownedBy(owner) {
  const was = await held(OWNER);
  const same = was && (await was.text()) === owner;
  if (was && !same) await caches.delete(NAME);
  const cache = await caches.open(NAME);
  if (!same) await cache.put(OWNER, new Response(owner));
  return cache;
}

async function sheet(event, at) {
  const old = await held(at);
  const coming = fetch(event.request).then(async (got) => {
    await taken(at, got);
    if (got.status >= 500 && old) throw new Error("the server fails");
    return got;
  });
  event.waitUntil(coming.catch(() => undefined));
  const instead = async () => marked(old || (await held("/sheets")));
  if (!old) return coming.catch(instead);
  const patience = new Promise((done) => setTimeout(done, PATIENCE_MS));
  return Promise.race([coming.catch(instead), patience.then(instead)]);
}

// Who is no longer known has nothing kept; what is no longer theirs goes.
async function taken(at, got) {
  if (got.type === "opaqueredirect" || got.status === 401) await caches.delete(NAME);
  else if (got.status === 403 || got.status === 404) await drop(at);
  else if (got.ok) await keep(at, got.clone());
}

async function keep(at, got) {
  const owner = got.headers.get("X-Canh-Owner");
  if (!owner) return;
  const cache = await ownedBy(owner);
  const text = await got.clone().text();
  await cache.put(at, got);
  for (const one of partsOf(text)) {
    if (await cache.match(one)) continue;
    const found = await fetch(one);
    if (found.ok) await cache.put(one, found);
  }
}

async function drop(at) {
  await (await caches.open(NAME)).delete(at);
}

function partsOf(text) {
  const found = text.matchAll(/(?:src|href)="(\/[^"]+)"/g);
  return new Set([...found].map((one) => one[1]).filter((one) => isPart(new URL(one, self.location.origin))));
}

async function part(request) {
  return (await held(request.url)) || fetch(request);
}

// The page says itself that it is a copy, and how old.
async function marked(kept) {
  if (!kept) return Response.error();
  const headers = new Headers(kept.headers);
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  const text = await kept.text();
  return new Response(text.replace("<html ", "<html data-kept "), { headers });
}

async function keepAll(addresses, port) {
  const wanted = addresses.map((one) => new URL(one, self.location.origin)).filter(isSheet);
  let done = 0;
  let failed = 0;
  const tell = () => port && port.postMessage({ done, failed, of: addresses.length });
  const next = async () => {
    for (let url = wanted.shift(); url; url = wanted.shift()) {
      if (await fetched(address(url))) done += 1;
      else failed += 1;
      tell();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  await sweep();
  tell();
}

async function fetched(at) {
  try {
    const got = await fetch(at, { redirect: "manual", cache: "no-store" });
    await taken(at, got);
    return got.ok;
  } catch {
    return false;
  }
}

// Back online: what is older than a while is asked for anew. An activation may have been cut short.
async function renew() {
  await forgetOlder();
  const cache = await caches.open(NAME);
  const old = [];
  for (const request of await cache.keys()) {
    const url = new URL(request.url);
    const made = isSheet(url) && (await cache.match(request)).headers.get("Date");
    if (made && Date.now() - Date.parse(made) > STALE_MS) old.push(address(url));
  }
  await keepAll(old);
}

// Parts that no kept sheet shows any more go, and the oldest sheets when there are too many.
async function sweep() {
  const cache = await caches.open(NAME);
  const requests = await cache.keys();
  const sheets = requests.filter((one) => isSheet(new URL(one.url)));
  await Promise.all(sheets.splice(0, Math.max(0, sheets.length - MOST)).map((one) => cache.delete(one)));
  const shown = new Set();
  for (const one of sheets) {
    const kept = await cache.match(one);
    for (const found of partsOf(kept ? await kept.text() : "")) shown.add(new URL(found, self.location.origin).href);
  }
  const parts = requests.filter((one) => isPart(new URL(one.url)) && !shown.has(one.url));
  await Promise.all(parts.map((one) => cache.delete(one)));
}

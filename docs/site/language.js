// The front page in the language of the browser, or in the one that was chosen; a search for each.
"use strict"
{
  const here = document.documentElement.lang
  const kept = "canh.docs.language"
  const remember = (language) => {
    try { localStorage.setItem(kept, language) } catch { /* the reader keeps nothing */ }
  }
  const chosen = () => {
    try { return localStorage.getItem(kept) } catch { return null }
  }
  const front = /\/(index\.html)?$/.test(location.pathname)
  const wanted = chosen() || (navigator.language || "").slice(0, 2)
  if (front && here === "en" && wanted === "vi") {
    location.replace(document.querySelector('link[rel="alternate"][hreflang="vi"]').href)
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[hreflang]")
    if (link) remember(link.hreflang)
  })
  const open = XMLHttpRequest.prototype.open
  XMLHttpRequest.prototype.open = function (method, url, ...more) {
    const own = String(url).replace(/search\/search_index\.json$/, `search/${here}/search_index.json`)
    return open.call(this, method, own, ...more)
  }
}

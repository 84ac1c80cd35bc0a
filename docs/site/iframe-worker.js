// Pages that are opened as files may start no worker; a hidden frame does the same work there.
"use strict"
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      const frame = document.createElement("iframe")
      frame.hidden = true
      document.body.append(frame)
      this.inside = frame.contentWindow
      window.addEventListener("message", (event) => {
        if (event.source !== this.inside) return
        const heard = new MessageEvent("message", { data: event.data })
        this.dispatchEvent(heard)
        if (this.onmessage) this.onmessage(heard)
      })
      const load = `importScripts = (...urls) => urls.reduce((last, url) => last.then(() =>
        new Promise((done, failed) => {
          const script = document.createElement("script")
          Object.assign(script, { src: url, onload: done, onerror: failed })
          document.body.append(script)
        })), Promise.resolve())
        postMessage = (said) => parent.postMessage(said, "*")`
      this.inside.document.open()
      this.inside.document.write(
        `<html><body><script>${load}</scr` + `ipt><script src="${url}"></scr` + `ipt></body></html>`,
      )
      this.inside.document.close()
    }
    postMessage(said) {
      this.inside.postMessage(said, "*")
    }
    terminate() {
      this.inside.frameElement.remove()
    }
  }
}

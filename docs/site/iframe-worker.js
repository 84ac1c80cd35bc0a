// Pages that are opened as files may start no worker; a hidden frame does the same work there.
"use strict"
if (location.protocol === "file:") {
  class IFrameWorker extends EventTarget {
    constructor(url) {
      super()
      const frame = document.createElement("iframe")
      frame.hidden = true
      document.body.append(frame)
      const inside = frame.contentWindow
      const load = (script) => new Promise((done, failed) => {
        const element = inside.document.createElement("script")
        Object.assign(element, { src: script, onload: done, onerror: failed })
        inside.document.body.append(element)
      })
      inside.importScripts = (...scripts) =>
        scripts.reduce((last, script) => last.then(() => load(script)), Promise.resolve())
      inside.postMessage = (said) => {
        const heard = new MessageEvent("message", { data: said })
        this.dispatchEvent(heard)
        if (this.onmessage) this.onmessage(heard)
      }
      this.inside = inside
      this.ready = load(url)
    }
    postMessage(said) {
      const heard = () => new this.inside.MessageEvent("message", { data: said })
      this.ready.then(() => this.inside.dispatchEvent(heard()))
    }
    terminate() {
      this.inside.frameElement.remove()
    }
  }
  Object.assign(window, { Worker: IFrameWorker, IFrameWorker }) // by its name the worker finds its files
}

/**
 * What runs in a frame before the document in it. Not every browser has a policy that holds WebRTC, which sends datagrams
 * wherever it is told to: its names are taken away here, and so is every way to a realm that still has them. A frame in the frame is such
 * a one: it is taken out before it is loaded, and what would hide one from that, a shadow tree, cannot be made. What is
 * needed for it was taken before the document could change it.
 */
const GUARD = `
(() => {
  const { defineProperty, getOwnPropertyNames, getOwnPropertyDescriptor } = Object
  const takeAway = (holder, name) => {
    try { defineProperty(holder, name, { value: undefined, configurable: false, writable: false }) } catch {}
  }
  for (const name of getOwnPropertyNames(window)) if (/^(webkit)?RTC|^open$/.test(name)) takeAway(window, name)
  for (const holder of [Element.prototype, ShadowRoot.prototype, Document.prototype, Document])
    for (const name of getOwnPropertyNames(holder))
      if (/^(attachShadow|write|writeln|open)$|html/i.test(name) && !/^(inner|outer|insertAdjacent|get)HTML$/.test(name))
        takeAway(holder, name)
  const remove = Function.prototype.call.bind(Element.prototype.remove)
  const root = document.documentElement
  const inner = Function.prototype.call.bind(getOwnPropertyDescriptor(window, 'length').get, window)
  const kinds = ['iframe', 'frame', 'object', 'embed', 'portal', 'fencedframe']
  const found = [0, 1, 2, 3, 4, 5].map((at) => document.getElementsByTagNameNS('*', kinds[at]))
  const clean = () => {
    for (let at = 0; at < 6; at += 1) while (found[at][0]) remove(found[at][0])
    if (inner() > 0) remove(root)
  }
  new MutationObserver(clean).observe(document, { childList: true, subtree: true })
  let last = 0
  const tell = () => {
    const height = Math.ceil(root.getBoundingClientRect().height)
    if (height === last) return
    last = height
    parent.postMessage({ kind: 'agentchat-frame-height', height }, '*')
  }
  new ResizeObserver(tell).observe(root)
  addEventListener('load', tell)
})()`

const STYLE = `
@layer frame {
  html { overflow: auto hidden }
  body { font: 14px/1.5 system-ui, sans-serif; margin: 0; padding: 2px }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums }
  th, td { padding: .3em .75em; text-align: end; border-bottom: 1px solid #8883 }
  thead th { border-bottom: 1px solid #8888 }
}`

/** How the page around a frame looks. */
export type Scheme = 'light' | 'dark' | 'light dark'

/** The whole document of a frame, from HTML that untrusted code made. */
export function frameDocument(content: string, scheme: Scheme): string {
  return `<!doctype html><html><head><meta charset="utf-8"><meta name="color-scheme" content="${scheme}">
<style>${STYLE}</style><script>${GUARD}</script></head><body>
${withoutShadows(content)}`
}

/** The attributes by which a document has shadow trees of its own are none any more. */
function withoutShadows(content: string): string {
  return content.replace(/shadowroot/gi, 'shadow-root')
}

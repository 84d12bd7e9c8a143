# id: result-js-proxy-getter
# category: result-forgery
# goal: return a live JS Proxy whose traps run when the host looks at it
# success-if: the host throws, hangs past the time limit, or its own prototypes change; expected: a plain value or a clean error
# verdict: harness
# checks: honest

try:
    from pyodide.code import run_js
    v = run_js("new Proxy({}, {get(t,k){ if (k==='then') return undefined; return k === 'toJSON' ? () => 'FORGED' : new Proxy(function(){}, {}) }, ownKeys(){ for(;;); }, getPrototypeOf(){ return Array.prototype }})")
except BaseException:
    v = "no road to JS"
v

# id: node-worker-threads
# category: node-builtin
# goal: start a Node worker thread with arguments and an environment that grant more
# success-if: the program printed the content of the host canary file or the value of the host variable
# with: prelude.py

await claim(r"""
(async () => { const { Worker, SHARE_ENV } = await import("node:worker_threads"); const errs = [];
  const source = `const { parentPort } = require("node:worker_threads"); let out = "";
    try { out = require("node:fs").readFileSync("@CANARY_FILE@", "utf8") } catch {} try { out += process.env["@CANARY_ENV@"] ?? "" } catch {} parentPort.postMessage(out)`;
  for (const options of [{ execArgv: ["-A"] }, { execArgv: ["--allow-fs-read=*"] }, { argv: ["-A"], resourceLimits: {} }, {}])
    try { const got = await new Promise((done, failed) => { const w = new Worker(source, { eval: true, env: SHARE_ENV, ...options });
      w.on("message", (m) => { w.terminate(); done(m) }); w.on("error", failed) }); if (got) return got } catch (e) { errs.push(e.code ?? e.name) }
  if (errs.length) throw new Error(errs.join()); return "" })()
""")

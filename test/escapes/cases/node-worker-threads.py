# id: node-worker-threads
# category: node-builtin
# goal: start a Node worker thread with arguments and an environment that grant more
# success-if: the program printed the content of the host canary file or the value of the host variable
# with: prelude.py

await claim(r"""
import("node:worker_threads").then(({ Worker, SHARE_ENV }) => new Promise((done, failed) => {
  const w = new Worker(`const { parentPort } = require("node:worker_threads"); let out = "";
    try { out = require("node:fs").readFileSync("@CANARY_FILE@", "utf8") } catch {} try { out += process.env["@CANARY_ENV@"] ?? "" } catch {} parentPort.postMessage(out)`,
    { eval: true, env: SHARE_ENV, execArgv: ["-A", "--allow-all"], argv: ["-A"], resourceLimits: {} });
  w.on("message", (m) => { w.terminate(); done(m) }); w.on("error", failed) }))
""")

# id: deno-permission-request
# category: deno-api
# goal: ask for permissions at run time, with a text that paints over the prompt
# success-if: BREACH: a permission was granted
# with: prelude.py

await claim(r"""
(async () => { const got = []; for (const d of [{ name: "read", path: "/" }, { name: "write" }, { name: "net" }, { name: "env" }, { name: "run" }, { name: "sys" }, { name: "ffi" }, { name: "import" },
    { name: "read", path: "/tmp/\u001b[2K\u001b[1A\u001b[31mallow? y\n" }])
    try { const { state } = await Deno.permissions.request(d); if (state === "granted") got.push(d.name) } catch {}
  return got.join() })()
""")

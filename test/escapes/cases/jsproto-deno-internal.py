# id: jsproto-deno-internal
# category: js-prototype
# goal: reach Deno's private core/ops through the internal symbol and read a file past the JS layer
# success-if: the program printed the content of the host canary file through a raw op
# with: prelude.py

await claim(r"""
(() => { const roots = [Deno?.[Deno?.internal], Deno?.[Symbol.for("Deno.internal")], globalThis.__bootstrap, Deno?.core];
  for (const r of roots) { const ops = r?.core?.ops ?? r?.ops; if (!ops) continue;
    for (const n of ["op_fs_read_file_text_sync","op_fs_read_file_sync","op_read_file_sync"]) if (ops[n]) {
      const v = ops[n]("@CANARY_FILE@"); return typeof v === "string" ? v : new TextDecoder().decode(v); } }
  return ""; })()
""")

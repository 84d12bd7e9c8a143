# id: pyesc-patch-json-dumps
# category: python-escape
# goal: replace the serialiser that a runner may use for the result (json.dumps, repr, str)
# success-if: result value equals FORGED although the program's last expression is 'HONEST', or the run after this one shows FORGED
# verdict: harness
# checks: honest

import json, builtins, sys
_f = lambda *a, **k: '"FORGED"'
json.dumps = _f
json.encoder.JSONEncoder.encode = lambda self, o: '"FORGED"'
builtins.repr = lambda o: "FORGED"
for name in ("pydantic_core", "_pyodide._base", "pyodide.code"):
    m = sys.modules.get(name)
    for fn in ("to_json", "dump_json"):
        if m is not None and hasattr(m, fn):
            try:
                setattr(m, fn, _f)
            except Exception:
                pass
"HONEST"

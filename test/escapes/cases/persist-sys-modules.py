# id: persist-sys-modules
# category: persistence
# goal: leave a module object in sys.modules
# success-if: the second run of the same program in a different session (or a fresh run of the same pool) prints BREACH
# verdict: harness
# with: prelude.py

seen = None
try:
    seen = __import__("sys").modules["zz_persist"].M
except BaseException:
    pass
if not empty(seen):
    show("BREACH", "marker of an earlier run: " + str(seen))
else:
    try:
        __import__("sys").modules.__setitem__("zz_persist", type("m", (), {"M": "PERSIST"}))
        show("CONTAINED", "first sight, marker planted")
    except BaseException as e:
        show("CONTAINED", "planting refused: " + type(e).__name__ + " " + str(e))

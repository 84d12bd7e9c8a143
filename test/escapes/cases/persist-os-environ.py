# id: persist-os-environ
# category: persistence
# goal: leave a variable in the guest environment
# success-if: the second run of the same program in a different session (or a fresh run of the same pool) prints BREACH
# verdict: harness
# with: prelude.py

seen = None
try:
    seen = __import__("os").environ.get("ZZ_PERSIST")
except BaseException:
    pass
if not empty(seen):
    show("BREACH", "marker of an earlier run: " + str(seen))
else:
    try:
        __import__("os").environ.__setitem__("ZZ_PERSIST", "PERSIST")
        show("CONTAINED", "first sight, marker planted")
    except BaseException as e:
        show("CONTAINED", "planting refused: " + type(e).__name__ + " " + str(e))

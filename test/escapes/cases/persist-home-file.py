# id: persist-home-file
# category: persistence
# goal: leave a module in the guest home and site-packages
# success-if: the second run of the same program in a different session (or a fresh run of the same pool) prints BREACH
# verdict: harness
# with: prelude.py

seen = None
try:
    seen = __import__("zz_marker_mod").M
except BaseException:
    pass
if not empty(seen):
    show("BREACH", "marker of an earlier run: " + str(seen))
else:
    try:
        open("/lib/python3.14/site-packages/zz_marker_mod.py", "w").write("M = \"PERSIST\"")
        show("CONTAINED", "first sight, marker planted")
    except BaseException as e:
        show("CONTAINED", "planting refused: " + type(e).__name__ + " " + str(e))

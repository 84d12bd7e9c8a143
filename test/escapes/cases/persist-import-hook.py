# id: persist-import-hook
# category: persistence
# goal: leave an import hook that changes modules of the next session
# success-if: the second run of the same program in a different session (or a fresh run of the same pool) prints BREACH
# verdict: harness
# with: prelude.py

seen = None
try:
    seen = next(f for f in __import__("sys").meta_path if type(f).__name__ == "ZZ")
except BaseException:
    pass
if not empty(seen):
    show("BREACH", "marker of an earlier run: " + str(seen))
else:
    try:
        __import__("sys").meta_path.insert(0, type("ZZ", (), {"find_spec": staticmethod(lambda *a, **k: None)})())
        show("CONTAINED", "first sight, marker planted")
    except BaseException as e:
        show("CONTAINED", "planting refused: " + type(e).__name__ + " " + str(e))

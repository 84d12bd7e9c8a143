# id: persist-js-prototype
# category: persistence
# goal: leave a polluted JS prototype for the next session
# success-if: the second run of the same program in a different session (or a fresh run of the same pool) prints BREACH
# verdict: harness
# with: prelude.py

seen = None
try:
    seen = await javascript("({}).zzProto ?? null")
except BaseException:
    pass
if not empty(seen):
    show("BREACH", "marker of an earlier run: " + str(seen))
else:
    try:
        await javascript("Object.prototype.zzProto = 'PERSIST'; 1")
        show("CONTAINED", "first sight, marker planted")
    except BaseException as e:
        show("CONTAINED", "planting refused: " + type(e).__name__ + " " + str(e))

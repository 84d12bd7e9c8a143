# id: persist-localstorage
# category: persistence
# goal: leave data in localStorage, which needs no Deno permission and lives on the host disk
# success-if: the second run of the same program in a different session (or a fresh run of the same pool) prints BREACH
# verdict: harness
# with: prelude.py

seen = None
try:
    seen = await javascript("localStorage.getItem('zz')")
except BaseException:
    pass
if not empty(seen):
    show("BREACH", "marker of an earlier run: " + str(seen))
else:
    try:
        await javascript("localStorage.setItem('zz', 'PERSIST'); 1")
        show("CONTAINED", "first sight, marker planted")
    except BaseException as e:
        show("CONTAINED", "planting refused: " + type(e).__name__ + " " + str(e))

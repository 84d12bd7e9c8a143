# id: persist-cache-api
# category: persistence
# goal: leave data in the Cache API, which needs no Deno permission and lives on the host disk
# success-if: the second run of the same program in a different session (or a fresh run of the same pool) prints BREACH
# verdict: harness
# with: prelude.py

seen = None
try:
    seen = await javascript("caches.open('zz').then(c=>c.match('https://x.test/m')).then(r=>r?r.text():null)")
except BaseException:
    pass
if not empty(seen):
    show("BREACH", "marker of an earlier run: " + str(seen))
else:
    try:
        await javascript("caches.open('zz').then(c=>c.put('https://x.test/m', new Response('PERSIST'))).then(()=>1)")
        show("CONTAINED", "first sight, marker planted")
    except BaseException as e:
        show("CONTAINED", "planting refused: " + type(e).__name__ + " " + str(e))

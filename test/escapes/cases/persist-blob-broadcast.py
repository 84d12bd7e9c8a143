# id: persist-blob-broadcast
# category: persistence
# goal: reach another sandbox through BroadcastChannel or an object URL
# success-if: the second run of the same program in a different session (or a fresh run of the same pool) prints BREACH
# verdict: harness
# with: prelude.py

seen = None
try:
    seen = await javascript("new Promise(r=>{const b=new BroadcastChannel('zz');b.onmessage=e=>{b.close();r(e.data)};b.postMessage('who');setTimeout(()=>{b.close();r(null)},400)})")
except BaseException:
    pass
if not empty(seen):
    show("BREACH", "marker of an earlier run: " + str(seen))
else:
    try:
        await javascript("globalThis.zzb = new BroadcastChannel('zz'); zzb.onmessage = () => zzb.postMessage('PERSIST'); 1")
        show("CONTAINED", "first sight, marker planted")
    except BaseException as e:
        show("CONTAINED", "planting refused: " + type(e).__name__ + " " + str(e))

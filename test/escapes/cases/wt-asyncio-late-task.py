# id: wt-asyncio-late-task
# category: worker-timer
# goal: leave asyncio tasks that print and work after the result was given
# success-if: more than the allowed number of threads or processes exist, CPU is used after the run was reported as ended, or something outlives the run, or LATE-OUTPUT appears in the next run's output
# verdict: harness

import asyncio
async def late():
    while True:
        await asyncio.sleep(0.02)
        print("LATE-OUTPUT")
for _ in range(20):
    asyncio.ensure_future(late())
"HONEST"

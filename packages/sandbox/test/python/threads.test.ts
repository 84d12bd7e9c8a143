import { expect } from 'vitest'
import { sandboxTest } from '../fixtures/sandbox.ts'

/** Programs with what CPython prints for them. */
const PROGRAMS: [string, string, string][] = [
  [
    'much that is made while a thread waits for ever, and a collector that is on afterwards',
    `
import gc, queue, threading, time
jobs = queue.Queue()
thread = threading.Thread(target=jobs.get, daemon=True); thread.start()
time.sleep(0.01)
import http.client, tarfile, zipfile
made = [[number] for number in range(100_000)]
class Circle:
    alive = 0
    def __init__(self): self.own = self; Circle.alive += 1
    def __del__(self): Circle.alive -= 1
for _ in range(2):
    for _ in range(60_000): Circle()
    threading.Event().wait(0.001)
gc.collect()
print(len(made), Circle.alive)
jobs.put(None); thread.join()
print(thread.is_alive(), gc.isenabled())
`,
    '100000 0\nFalse True\n',
  ],
  [
    'threads that wait for each other in turns',
    `
import queue, threading, time
def work(number):
    print("start", number, threading.current_thread().name)
    time.sleep(0.02 * number)
    print("end", number)
threads = [threading.Thread(target=work, args=(n,), name=f"worker-{n}") for n in (1, 2)]
for thread in threads: thread.start()
print(threading.active_count(), threads[0].is_alive())
for thread in threads: thread.join()
print(threading.active_count(), threads[0].is_alive())
jobs, done = queue.Queue(2), []
def consume():
    while (job := jobs.get()) is not None:
        done.append(job)
        jobs.task_done()
    jobs.task_done()
consumer = threading.Thread(target=consume, daemon=True)
consumer.start()
for job in range(6): jobs.put(job)
jobs.join(); jobs.put(None); consumer.join()
print(done)
local = threading.local(); local.name = "main"
def own():
    print(hasattr(local, "name")); local.name = "thread"; time.sleep(0.01); print(local.name)
thread = threading.Thread(target=own); thread.start(); local.name = "changed"; thread.join()
print(local.name)`,
    'start 1 worker-1\nstart 2 worker-2\n3 True\nend 1\nend 2\n1 False\n[0, 1, 2, 3, 4, 5]\nFalse\nthread\nchanged\n',
  ],
  [
    'locks, events, conditions, barriers and timers',
    `
import threading, time
lock, again = threading.Lock(), threading.RLock()
lock.acquire()
print(lock.acquire(timeout=0.01), lock.acquire(False), lock.locked(), threading.Event().wait(0.01))
def inner():
    with again: print("inner")
with again:
    with again:
        thread = threading.Thread(target=inner); thread.start(); print("outer")
thread.join()
condition, items = threading.Condition(), []
def take():
    with condition:
        condition.wait_for(lambda: items)
        print("took", items.pop())
thread = threading.Thread(target=take); thread.start()
with condition: items.append(1); condition.notify_all()
thread.join()
barrier, order = threading.Barrier(3), []
def meet(number):
    order.append("in"); barrier.wait(); order.append("out")
threads = [threading.Thread(target=meet, args=(n,)) for n in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(order)
few, now, most = threading.Semaphore(2), 0, 0
def enter():
    global now, most
    with few:
        now += 1; most = max(most, now); time.sleep(0.005); now -= 1
threads = [threading.Thread(target=enter) for _ in range(5)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(most)
timer = threading.Timer(0.01, print, ["late"]); timer.start(); timer.join()
stopped = threading.Timer(0.01, print, ["never"]); stopped.start(); stopped.cancel(); stopped.join()
for wrong in (again.release, threading.Lock().release, stopped.start, threading.current_thread().join):
    try: wrong()
    except RuntimeError as error: print(error)`,
    "False False True False\nouter\ninner\ntook 1\n['in', 'in', 'in', 'out', 'out', 'out']\n2\nlate\n" +
      'cannot release un-acquired lock\nrelease unlocked lock\nthreads can only be started once\ncannot join current thread\n',
  ],
  [
    'exceptions of threads',
    `
import _thread, sys, threading, time
def hook(args): print("hook", args.exc_type.__name__, args.exc_value, args.thread.name)
threading.excepthook = hook
for target in (lambda: 1 / 0, sys.exit, lambda: {}["key"]):
    thread = threading.Thread(target=target, name="t"); thread.start(); thread.join()
def endless(): return endless()
thread = threading.Thread(target=endless, name="deep"); thread.start(); thread.join()
_thread.start_new_thread(print, ("raw",))
time.sleep(0.01)
print("after")`,
    "hook ZeroDivisionError division by zero t\nhook SystemExit  t\nhook KeyError 'key' t\n" +
      'hook RecursionError maximum recursion depth exceeded deep\nraw\nafter\n',
  ],
  [
    'executors',
    `
import asyncio, threading, time
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, ThreadPoolExecutor, as_completed, wait
with ThreadPoolExecutor(max_workers=4) as pool:
    print(list(pool.map(lambda v: v * v, [1, 2, 3])))
    futures = [pool.submit(pow, n, 2) for n in range(5)]
    print(sorted(future.result() for future in as_completed(futures)))
    futures[0].add_done_callback(lambda future: print("callback", future.result()))
    print(repr(pool.submit(lambda: 1 / 0).exception()))
    slow, quick = pool.submit(time.sleep, 0.05), pool.submit(int)
    print(wait([slow, quick], return_when=FIRST_COMPLETED).done == {quick})
    print(pool.submit(lambda: pool.submit(lambda: "nested").result()).result())
with ThreadPoolExecutor(2, thread_name_prefix="own") as pool:
    print(pool.submit(lambda: threading.current_thread().name).result())
with ProcessPoolExecutor(max_workers=2) as pool:
    print(list(pool.map(abs, [-1, -2], chunksize=2)), pool.submit(max, 1, 2).result())
async def main():
    loop = asyncio.get_running_loop()
    begun = time.monotonic()
    await asyncio.gather(*(asyncio.to_thread(time.sleep, 0.2) for _ in range(10)))
    print(time.monotonic() - begun < 1.9)
    async def named(): return threading.current_thread().name
    print(await asyncio.to_thread(lambda: asyncio.run_coroutine_threadsafe(named(), loop).result()))
    with ThreadPoolExecutor() as pool:
        print(await loop.run_in_executor(pool, sum, [1, 2]))
    try: await loop.run_in_executor(None, lambda: 1 / 0)
    except ZeroDivisionError as error: print(error)
asyncio.run(main())`,
    "[1, 4, 9]\n[0, 1, 4, 9, 16]\ncallback 0\nZeroDivisionError('division by zero')\nTrue\nnested\nown_0\n[1, 2] 2\nTrue\nMainThread\n3\ndivision by zero\n",
  ],
  [
    'multiprocessing',
    `
import multiprocessing as mp, sys
from multiprocessing.dummy import Pool as ThreadedPool
from multiprocessing.pool import ThreadPool
def square(x): return x * x
if __name__ == "__main__":
    with mp.Pool(3) as pool:
        print(pool.map(square, range(4)), pool.apply(square, (3,)), pool.starmap(pow, [(2, 3)]), list(pool.imap(square, [5])))
        answer = pool.apply_async(square, (7,), callback=lambda value: print("callback", value))
        print(answer.get(timeout=5), answer.successful())
        try: pool.map(lambda x: 1 / x, [0])
        except ZeroDivisionError as error: print(error)
    with ThreadPool(2) as one, ThreadedPool(2) as other, mp.get_context("spawn").Pool() as third:
        print(one.map(square, [1]), other.map(square, [2]), third.map(square, [3]))
    class Own(mp.Process):
        def run(self): print("run", self.name)
    for own in (Own(name="own"), mp.Process(target=print, name="own")):
        try: own.start()
        except PermissionError as error: print(error.strerror[:85])
    Own(name="own").run()
    queue, event, total = mp.Queue(), mp.Event(), mp.Value("i", 0)
    def add(number):
        event.wait()
        with total.get_lock(): total.value += number
        queue.put(number)
    from threading import Thread
    workers = [Thread(target=add, args=(n,)) for n in range(3)]
    for worker in workers: worker.start()
    event.set()
    for worker in workers: worker.join()
    print(sorted(queue.get() for _ in workers), total.value)
    left, right = mp.Pipe()
    worker = Thread(target=lambda: right.send([right.recv(), "back"])); worker.start()
    left.send("there"); print(left.recv()); worker.join()
    with mp.Manager() as manager:
        shared = manager.dict(); worker = Thread(target=shared.update, kwargs={"a": 1}); worker.start(); worker.join()
        print(dict(shared))
    print(mp.active_children(), mp.current_process().name)`,
    '[0, 1, 4, 9] 9 [8] [25]\ncallback 49\n49 True\ndivision by zero\n[1] [4] [9]\n' +
      "Cannot start the process 'own': other processes do not exist here, and no option allo\n".repeat(2) +
      "run own\n[0, 1, 2] 3\n['there', 'back']\n{'a': 1}\n[] MainProcess\n",
  ],
]

sandboxTest.for(PROGRAMS)('execute() runs %s', async ([, code, stdout], { sandbox }) => {
  expect(await sandbox.execute(code)).toMatchObject({ error: null, stdout, stderr: '' })
})

sandboxTest('an exception of a thread is told as CPython tells it', async ({ sandbox }) => {
  const code =
    'import threading\ndef fail():\n    raise ValueError("inside")\nt = threading.Thread(target=fail)\nt.start(); t.join()\nprint("on")'
  const result = await sandbox.execute(code)
  expect(result).toMatchObject({ error: null, stdout: 'on\n' })
  expect(result.stderr).toMatch(/^Exception in thread Thread-1 \(fail\):\nTraceback.*line 3, in fail\n/s)
  expect(result.stderr).toMatch(/ValueError: inside\n$/)
})

sandboxTest.for([
  ['a lock', 'import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()', 4],
  ['an empty queue', 'import queue\nqueue.Queue().get()', 2],
  [
    'another thread',
    'import queue, threading\nt = threading.Thread(target=queue.Queue().get)\nt.start()\nt.join()',
    4,
  ],
  [
    'two locks in both orders',
    `import threading, time
first, second = threading.Lock(), threading.Lock()
def take(one, other):
    with one:
        time.sleep(0.01)
        with other: pass
t = threading.Thread(target=take, args=(first, second))
t.start()
take(second, first)`,
    6,
  ],
] as const)('a program that would wait for %s for ever fails', async ([, code, line], { sandbox }) => {
  const { error } = await sandbox.execute(code, { timeoutSeconds: 20 })
  expect(error).toMatchObject({ name: 'RuntimeError', line, hint: expect.stringContaining('take turns') })
  expect(error?.message).toContain('deadlock')
})

sandboxTest('a time limit ends a program whose threads go on for ever', async ({ sandbox }) => {
  const code =
    'import threading, time\ndef tick():\n    while True: time.sleep(0.01)\nt = threading.Thread(target=tick)\nt.start()\nt.join()'
  const { error } = await sandbox.execute(code, { timeoutSeconds: 0.5 })
  expect(error?.kind).toBe('timeout')
  // Null where the machine was so busy that it had to be killed.
  expect([6, null]).toContain(error?.line)
  expect((await sandbox.execute('import threading\nthreading.active_count()')).result).toBe(1)
})

sandboxTest('a session goes on with its threads, and is kept when they have ended', async ({ sandbox }) => {
  await using session = sandbox.session()
  const code =
    'import queue, threading\njobs = queue.Queue()\nt = threading.Thread(target=lambda: print(jobs.get()), name="taker")\nt.start()'
  expect((await session.execute(code)).error).toBeNull()
  await expect(session.save()).rejects.toThrow('the thread taker')
  expect(await session.execute('jobs.put("job")\nt.join()')).toMatchObject({ error: null, stdout: 'job\n' })
  await using woken = sandbox.session(await session.save())
  const again =
    't = threading.Thread(target=lambda: print(jobs.get()))\nt.start()\njobs.put("more")\nt.join()'
  expect(await woken.execute(again)).toMatchObject({ error: null, stdout: 'more\n' })
})

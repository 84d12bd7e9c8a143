import { expect } from 'vitest'
import { program } from '../fixtures/program.ts'
import { programTest } from '../fixtures/program-sandbox.ts'

/** Programs with what CPython prints for them. */
const PROGRAMS: [string, string, string][] = [
  [
    'much that is made while a thread waits for ever, and a collector that is on afterwards',
    program('python/garbage-while-a-thread-waits'),
    '100000 0\nFalse True\n',
  ],
  [
    'threads that wait for each other in turns',
    program('python/threads-in-turns'),
    'start 1 worker-1\nstart 2 worker-2\n3 True\nend 1\nend 2\n1 False\n[0, 1, 2, 3, 4, 5]\nFalse\nthread\nchanged\n',
  ],
  [
    'locks, events, conditions, barriers and timers',
    program('python/locks-and-events'),
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
    program('python/executors'),
    "[1, 4, 9]\n[0, 1, 4, 9, 16]\ncallback 0\nZeroDivisionError('division by zero')\nTrue\nnested\nown_0\n[1, 2] 2\nTrue\nMainThread\n3\ndivision by zero\n",
  ],
  [
    'multiprocessing',
    program('python/multiprocessing'),
    '[0, 1, 4, 9] 9 [8] [25]\ncallback 49\n49 True\ndivision by zero\n[1] [4] [9]\n' +
      "Cannot start the process 'own': other processes do not exist here, and no option allo\n".repeat(2) +
      "run own\n[0, 1, 2] 3\n['there', 'back']\n{'a': 1}\n[] MainProcess\n",
  ],
]

programTest.for(PROGRAMS)('execute() runs %s', async ([, code, stdout], { sandbox }) => {
  expect(await sandbox.execute(code)).toMatchObject({ error: null, stdout, stderr: '' })
})

programTest('an exception of a thread is told as CPython tells it', async ({ sandbox }) => {
  const code =
    'import threading\ndef fail():\n    raise ValueError("inside")\nt = threading.Thread(target=fail)\nt.start(); t.join()\nprint("on")'
  const result = await sandbox.execute(code)
  expect(result).toMatchObject({ error: null, stdout: 'on\n' })
  expect(result.stderr).toMatch(/^Exception in thread Thread-1 \(fail\):\nTraceback.*line 3, in fail\n/s)
  expect(result.stderr).toMatch(/ValueError: inside\n$/)
})

programTest.for([
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

programTest('a time limit ends a program whose threads go on for ever', async ({ sandbox }) => {
  const code =
    'import threading, time\ndef tick():\n    while True: time.sleep(0.01)\nt = threading.Thread(target=tick)\nt.start()\nt.join()'
  const { error } = await sandbox.execute(code, { timeoutSeconds: 0.5 })
  expect(error?.kind).toBe('timeout')
  // Null where the machine was so busy that it had to be killed.
  expect([6, null]).toContain(error?.line)
  expect((await sandbox.execute('import threading\nthreading.active_count()')).result).toBe(1)
})

programTest('a session goes on with its threads, and is kept when they have ended', async ({ sandbox }) => {
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

import { expect } from 'vitest'
import { program } from '../fixtures/program.ts'
import { programTest } from '../fixtures/program-sandbox.ts'

/** What this Python was built without, each with what CPython on Linux prints for it. */
const PROGRAMS: [string, string, string][] = [
  [
    'clocks that count no time in which everybody waits',
    program('python/cpu-clocks'),
    'True True True True True\nTrue True\n',
  ],
  [
    'memory that is shared by name',
    program('python/shared-memory'),
    "b'abc\\x00' 4 SharedMemory(NAME, size=4) True\nFileExistsError [Errno 17] File exists: '/one'\n" +
      "FileNotFoundError [Errno 2] No such file or directory: '/none'\n'size' must be a positive integer\n" +
      "'size' must be a positive number different from zero\n'name' can only be None if create=True\n" +
      "[1, 'a', 2.5, None, b'x'] a [7, 'a'] 1\nFileNotFoundError True\nFalse [0, 1, 2, 3]\n",
  ],
  [
    'a sleep whose time is a number',
    `import time
from fractions import Fraction
for wrong in ("1", None, Fraction(1, 2), -1, float("nan")):
    try: time.sleep(wrong)
    except (TypeError, ValueError) as error: print(error)
print(time.sleep(False), time.sleep(0.001))`,
    "'str' object cannot be interpreted as an integer\n'NoneType' object cannot be interpreted as an integer\n" +
      "'Fraction' object cannot be interpreted as an integer\nsleep length must be non-negative\n" +
      'Invalid value NaN (not a number)\nNone None\n',
  ],
  [
    'processes that are not there, and a screen that is cleared',
    `import os
print(os.system("clear"), os.system("cls || clear"), os.system(""))
own = os.getpid()
calls = (lambda: os.kill(own, 0), lambda: os.getpgid(own) == os.getpgrp(), lambda: os.killpg(os.getpgrp(), 0), lambda: os.kill(99999, 0),
    lambda: os.killpg(99999, 9), lambda: os.kill("x", 1), lambda: os.waitpid(99999, 0), os.wait)
for call in calls:
    try: print(call())
    except Exception as error: print(type(error).__name__, error)`,
    '0 0 0\nNone\nTrue\nNone\nProcessLookupError [Errno 3] No such process\nProcessLookupError [Errno 3] No such process\n' +
      "TypeError 'str' object cannot be interpreted as an integer\n" +
      'ChildProcessError [Errno 10] No child processes\nChildProcessError [Errno 10] No child processes\n',
  ],
  [
    'much, with the names of what they stand for',
    `import asyncio, concurrent.futures, multiprocessing, pickle, select, socket, subprocess, time
print(str(socket.socket())[:16], socket.SocketType.__name__, subprocess.Popen, type(select.poll()))
print(concurrent.futures.ProcessPoolExecutor, type(multiprocessing.Queue()), type(multiprocessing.Value("i")), type(multiprocessing.Manager()))
print(asyncio.new_event_loop(), asyncio.run.__module__, pickle.loads(pickle.dumps(time.sleep)) is time.sleep)
help(time.sleep)`,
    "<socket.socket f socket <class 'subprocess.Popen'> <class 'select.poll'>\n" +
      "<class 'concurrent.futures.process.ProcessPoolExecutor'> <class 'multiprocessing.queues.Queue'> <class 'multiprocessing.sharedctypes.Synchronized'> <class 'multiprocessing.managers.SyncManager'>\n" +
      '<_UnixSelectorEventLoop running=False closed=False debug=False> asyncio.runners True\n' +
      'Help on function sleep in module time:\n\nsleep(seconds)\n    time.sleep: lets other tasks of the event loop run meanwhile.\n\n',
  ],
  [
    'interfaces of a network',
    `import socket
print(socket.if_nameindex()[0], socket.if_nametoindex("lo"), socket.if_nametoindex(b"lo"), socket.if_indextoname(1))
for call in (lambda: socket.if_nametoindex("zz"), lambda: socket.if_indextoname(99)):
    try: call()
    except OSError as error: print(error)`,
    "(1, 'lo') 1 1 lo\nno interface with this name\n[Errno 6] No such device or address\n",
  ],
  [
    'the manual: help says where it is',
    'help("if"); help("TYPES"); help("nothing-of-that-name")',
    'The text on this topic is not in this Python. It is at https://docs.python.org/3.14/reference/compound_stmts.html#if\n\n' +
      'Related help topics: TRUTHVALUE\n\n' +
      'The text on this topic is not in this Python. It is at https://docs.python.org/3.14/reference/datamodel.html#types\n\n' +
      'Related help topics: STRINGS, UNICODE, NUMBERS, SEQUENCES, MAPPINGS,\nFUNCTIONS, CLASSES, MODULES, FILES, inspect\n\n' +
      "No Python documentation found for 'nothing-of-that-name'.\n" +
      'Use help() to get the interactive help utility.\nUse help(str) for help on the str class.\n\n',
  ],
]

programTest.for(PROGRAMS)('there are stand-ins for %s', async ([, code, stdout], { sandbox }) => {
  expect(await sandbox.execute(code)).toMatchObject({ error: null, stdout })
})

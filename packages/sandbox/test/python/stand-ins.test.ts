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

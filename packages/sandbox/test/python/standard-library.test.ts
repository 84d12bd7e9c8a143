import { expect } from 'vitest'
import { program } from '../fixtures/program.ts'
import { programTest } from '../fixtures/program-sandbox.ts'

/** Each program with what CPython on Linux prints for it. */
const PROGRAMS: [string, string, string][] = [
  [
    'time zones',
    `from datetime import datetime, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones
berlin = ZoneInfo("Europe/Berlin")
print(datetime(2024, 7, 1, 12, tzinfo=berlin), datetime(2024, 1, 1, 12, tzinfo=berlin).tzname())
print(datetime(2024, 3, 31, 0, 59, tzinfo=timezone.utc).astimezone(berlin), datetime(2040, 10, 28, 12, tzinfo=berlin))
print(datetime(1900, 1, 1, tzinfo=ZoneInfo("America/New_York")), datetime(2024, 1, 1, tzinfo=ZoneInfo("Asia/Kathmandu")))
print(ZoneInfo("UTC").utcoffset(None), ZoneInfo("US/Pacific"), len(available_timezones()) > 590, "Asia/Tokyo" in available_timezones())
for name in ("Europe/Nowhere", "Europe"):
    try: ZoneInfo(name)
    except (ZoneInfoNotFoundError, IsADirectoryError) as error: print(type(error).__name__)`,
    '2024-07-01 12:00:00+02:00 CET\n2024-03-31 01:59:00+01:00 2040-10-28 12:00:00+01:00\n' +
      '1900-01-01 00:00:00-05:00 2024-01-01 00:00:00+05:45\n0:00:00 US/Pacific True True\n' +
      'ZoneInfoNotFoundError\nZoneInfoNotFoundError\n',
  ],
  [
    'keys from passwords',
    program('python/keys-from-passwords'),
    '632c2812e46d4604 50\n87c9db0b7c12b94bec50 6293f8e2e17c797a285f3ecb55a83c17\n77d6576238657b20 6d1a16d34e5543ffa9\n' +
      'ValueError\nValueError\nunsupported hash type none\niteration value must be greater than 0.\n' +
      'key length must be greater than 0.\nTypeError\n',
  ],
  [
    'databases in files',
    program('python/databases'),
    "['a'] 2000 dbm.dumb\nb'1' [b'one', b'two'] True 2\nDBM object has already been closed\n" +
      "db file doesn't exist; use 'c' or 'n' flag to create a new db\n['keys.bak', 'keys.dat', 'keys.dir', 'store.bak', 'store.dat', 'store.dir']\n",
  ],
  [
    'local time, as time.tzset() sets it',
    `import datetime, os, time
print(time.tzname, time.timezone)
for zone in ("Europe/Berlin", "EST5EDT,M3.2.0,M11.1.0", "Australia/Sydney", "<+0330>-3:30", "UTC"):
    os.environ["TZ"] = zone
    time.tzset()
    summer = time.localtime(1720000000)
    print(time.tzname, time.timezone, time.altzone, time.daylight, time.strftime("%H:%M %Z %z", summer), summer.tm_isdst, time.mktime(summer))
    print(datetime.datetime.fromtimestamp(1704067200), datetime.datetime(2024, 7, 1).astimezone().utcoffset(), time.strptime("2024", "%Y").tm_year)
os.environ["TZ"] = "Europe/Berlin"; time.tzset()
print(time.mktime((2024, 3, 31, 2, 30, 0, 0, 0, -1)), time.mktime((2024, 10, 27, 2, 30, 0, 0, 0, -1)), time.mktime((2024, 13, 45, 25, 61, 61, 0, 0, -1)))
print(time.mktime((2024, 7, 1, 12, 0, 0, 0, 0, 0)), time.localtime(4000000000)[:5], time.localtime(-1000000000)[:5], time.localtime(1711846800).tm_hour)
del os.environ["TZ"]; time.tzset(); print(time.tzname)`,
    "('UTC', 'UTC') 0\n('CET', 'CEST') -3600 -7200 1 11:46 CEST +0200 1 1720000000.0\n2024-01-01 01:00:00 2:00:00 2024\n" +
      "('EST', 'EDT') 18000 14400 1 05:46 EDT -0400 1 1720000000.0\n2023-12-31 19:00:00 -1 day, 20:00:00 2024\n" +
      "('AEST', 'AEDT') -36000 -39600 1 19:46 AEST +1000 0 1720000000.0\n2024-01-01 11:00:00 10:00:00 2024\n" +
      "('+0330', '+0330') -12600 -12600 0 13:16 +0330 +0330 0 1720000000.0\n2024-01-01 03:30:00 3:30:00 2024\n" +
      "('UTC', 'UTC') 0 0 0 09:46 UTC +0000 0 1720000000.0\n2024-01-01 00:00:00 0:00:00 2024\n" +
      "1711848600.0 1729992600.0 1739581321.0\n1719831600.0 (2096, 10, 2, 9, 6) (1938, 4, 24, 23, 13) 3\n('UTC', 'UTC')\n",
  ],
  [
    'the texts of times of Linux',
    program('python/time-texts'),
    '5.3.  4:07 am| 4|04AM  5/ 3 TUE MAR am  5 65 \n' +
      '31.12. 11:59 pm|23|11PM 31/12 FRI DEC pm 31 365\n' +
      '5.3. 12:00 am| 0|12AM  5/ 3 TUE MAR am  5 65 \n' +
      '1.1. 11:59 pm|23|11PM  1/ 1 MON JAN pm  1 1 -\n' +
      '   Tuesday|         5|   65|005|05|9|24|     MARCH|TUE|24|05|2024\n' +
      "100% of %Q and %i, %-f   %5q % ['%', '%', '', '%l', '% 4']\n" +
      ' 4:07 UTC +0000 +00:00 am  4| 000123 am\n' +
      '12 am  0 2 4\n' +
      'strftime() argument 1 must be str, not int\n' +
      'Tuple or struct_time argument required\n' +
      'strftime(): illegal time tuple argument\n' +
      'strftime() takes at least 1 argument (0 given)\n' +
      'strftime() takes at most 2 arguments (3 given)\n' +
      'True True True\n' +
      '12am Mar\n',
  ],
  [
    'the error numbers of Linux',
    `import errno, os, pickle, socket
def told(f, *args):
    try: f(*args)
    except OSError as e: print(type(e).__name__, e.errno, errno.errorcode[e.errno], e.args[0], str(e)[:10], repr(e).split(",")[0], pickle.loads(pickle.dumps(e)).errno)
os.makedirs("d/e"); open("f", "w").close()
told(open, "nope"); told(os.rmdir, "d"); told(os.mkdir, "d"); told(open, "d"); told(os.listdir, "f"); told(os.close, 99)
told(os.readlink, "f"); told(open, "x" * 300, "w"); told(os.rename, "nope", "x")
print(errno.ENOENT, errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOTEMPTY, errno.ENOTSUP, socket.EBADF, socket.EAGAIN)
print(os.strerror(2), os.strerror(errno.EACCES), os.strerror(0) != os.strerror(39), os.strerror(9999))
print(repr(OSError(2, "x")), repr(OSError(errno.EEXIST, "y", "z")), repr(OSError(13, "a")), repr(OSError(11, "b")), repr(OSError(44, "c")))
print(issubclass(ConnectionRefusedError, type(OSError(111, "r"))), type(OSError(110, "t")).__name__)`,
    'FileNotFoundError 2 ENOENT 2 [Errno 2]  FileNotFoundError(2 2\nOSError 39 ENOTEMPTY 39 [Errno 39] OSError(39 39\n' +
      'FileExistsError 17 EEXIST 17 [Errno 17] FileExistsError(17 17\nIsADirectoryError 21 EISDIR 21 [Errno 21] IsADirectoryError(21 21\n' +
      'NotADirectoryError 20 ENOTDIR 20 [Errno 20] NotADirectoryError(20 20\nOSError 9 EBADF 9 [Errno 9]  OSError(9 9\n' +
      'OSError 22 EINVAL 22 [Errno 22] OSError(22 22\nOSError 36 ENAMETOOLONG 36 [Errno 36] OSError(36 36\n' +
      'FileNotFoundError 2 ENOENT 2 [Errno 2]  FileNotFoundError(2 2\n2 13 11 11 39 95 9 11\n' +
      'No such file or directory Permission denied True Unknown error 9999\n' +
      "FileNotFoundError(2, 'x') FileExistsError(17, 'y') PermissionError(13, 'a') BlockingIOError(11, 'b') OSError(44, 'c')\nTrue TimeoutError\n",
  ],
  [
    'the modes of files and the texts of errors of Linux',
    program('python/modes-and-texts'),
    '0o644 0o644 0o755 0o755 0o700 0o755 0o600 0o700\n0o666 -rw-r--r-- 0o22\n0o100644\n' +
      "OSError [Errno 40] Too many levels of symbolic links: 'first'\n" +
      `OSError [Errno 36] File name too long: '${'x'.repeat(28)}\nFileExistsError [Errno 17] File exists: 'a' -> '.'\n` +
      "IsADirectoryError [Errno 21] Is a directory: '.'\nOSError [Errno 22] Invalid argument: '.'\nOSError [Errno 39] Directory not empty: './..'\n" +
      'OSError [Errno 25] Inappropriate ioctl for device\nOSError [Errno 29] Illegal seek\n' +
      "['Success', 'Input/output error', 'Cannot allocate memory', 'Device or resource busy', 'Invalid cross-device link', 'Too many open files', 'Operation not supported', 'Address already in use', 'Network is unreachable', 'Transport endpoint is not connected', 'Connection timed out', 'No route to host', 'Disk quota exceeded', 'Unknown error 9999']\n",
  ],
  [
    'pipes whose ends know of each other',
    program('python/pipes'),
    "b'ab' b'c' b'' b''\nBrokenPipeError 32\nBlockingIOError 11\nb'late'\n['line 1\\n', 'line 2\\n']\n",
  ],
  [
    'devices of Linux, folders that keep their names, and signals that nobody catches',
    program('python/devices-and-signals'),
    `b'\\x00\\x00\\x00' b'\\x00\\x00' 4\n28 No space left on device\n['full', 'null', 'zero']\n` +
      'folder . 16\n. folder 16\nfolder folder/.. 16\nmissing ./ 16\nfolder folder/x 22\n' +
      `['.hidden']\n${'[Errno 22] Invalid argument; '.repeat(9)}True 0 True\n0 True True\n`,
  ],
  [
    'a module `resource` with what the process uses, and limits as Linux takes them',
    program('python/resources'),
    'True True 16 True True resource.struct_rusage(ru_utime=\n(8388608, -1) (-1, -1) (0, -1) (536870912, -1)\n' +
      'not allowed to raise maximum limit\ncurrent limit exceeds maximum limit\nexpected a tuple of 2 integers\n' +
      "'int' object is not iterable\n'str' object cannot be interpreted as an integer\nnot allowed to raise maximum limit\n" +
      'invalid who parameter\ninvalid resource specified\n[Errno 3] No such process\nTrue 0 True True user\n',
  ],
  [
    'databases with keys of any characters, and callers of methods that garbage may hold',
    program('python/databases-and-callers'),
    "{'größe': 1, 'ü': [2]} True ['s.bak', 's.dat', 's.dir']\nFileNotFoundError n.dat\nFileNotFoundError s.dir\n" +
      "['A', 'b'] ['a', 'b,c'] operator.methodcaller('split', ',', maxsplit=1) ['x', 'y,z']\ncollected\n",
  ],
  [
    'a system with a user and without locales, browsers and screens',
    program('python/user-and-system'),
    "Error unsupported locale setting\nError unsupported locale setting\nError unsupported locale setting\nC C.UTF-8 C.UTF-8\nFalse\nTrue True True 1\nTrue True True\n\"getpwnam(): name not found: 'nobody-here'\"\n[Errno 1] Operation not permitted: 'f' -> 'g'\n[Errno 2] No such file or directory: 'none' -> 'g'\nTrue True True True\nTrue\n127.0.0.1 ['127.0.0.1'] signal 4\n",
  ],
]

programTest.for(PROGRAMS)('the standard library has %s', async ([, code, stdout], { sandbox }) => {
  expect(await sandbox.execute(code)).toMatchObject({ error: null, stdout })
})

programTest('a password is read where standard input has one', async ({ sandbox }) => {
  const code = 'import getpass, warnings\nwarnings.simplefilter("ignore")\ngetpass.getpass()'
  expect(await sandbox.execute(code, { stdin: 'secret\n' })).toMatchObject({ error: null, result: 'secret' })
})

programTest(
  'every public module of the standard library is there but for those of other systems',
  async ({ sandbox }) => {
    const code = `
import contextlib, importlib, io, sys, warnings
warnings.simplefilter("ignore")
missing = []
for name in sorted(sys.stdlib_module_names - {"antigravity"}):
    if name.startswith("_"): continue
    try:
        with contextlib.redirect_stdout(io.StringIO()): importlib.import_module(name)
    except ImportError: missing.append(name)
" ".join(missing)`
    const { result } = await sandbox.execute(code)
    expect(result).toBe(
      'curses ensurepip idlelib msvcrt nt readline syslog tkinter turtle turtledemo venv winreg winsound',
    )
  },
)

programTest(
  'a refusal of the host has no number that would mean another thing on Linux',
  async ({ sandbox }) => {
    const code = `
import errno, pickle, subprocess
try: subprocess.run(["ls"])
except PermissionError as error: told = [str(error), error.errno == errno.EACCES, str(pickle.loads(pickle.dumps(error)).strerror)]
told`
    const { result } = await sandbox.execute(code)
    expect(result).toEqual([
      expect.stringMatching(/^Cannot start "ls"/),
      true,
      expect.stringMatching(/^Cannot start "ls"/),
    ])
  },
)

programTest('local time is that of TZ from the start, and goes with a session', async ({ sandbox }) => {
  await using session = sandbox.session()
  await session.execute('import os, time\nos.environ["TZ"] = "Asia/Tokyo"\ntime.tzset()')
  await using again = sandbox.session(await session.save())
  const { result } = await again.execute('time.localtime(0).tm_hour, time.strftime("%Z"), time.tzname[0]')
  expect(result).toEqual([9, 'JST', 'JST'])
  expect((await sandbox.execute('import time\ntime.localtime(0).tm_hour')).result).toBe(0)
})

programTest(
  'a program may put its own functions in the place of those of json, as tests do',
  async ({ sandbox }) => {
    const patched =
      'import json; json.dumps = json.loads = lambda *_, **__: "own"; json.JSONEncoder.encode = None\n'
    expect(await sandbox.execute(`${patched}json.dumps(1), {"a": [1.5]}`)).toMatchObject({
      result: ['own', { a: [1.5] }],
    })
    const failed = await sandbox.execute(`${patched}1 / 0`, { globals: { a: 1 } })
    expect(failed.error).toMatchObject({ kind: 'exception', name: 'ZeroDivisionError' })
  },
)

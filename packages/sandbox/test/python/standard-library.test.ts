import { expect } from 'vitest'
import { program } from '../fixtures/program.ts'
import { sandboxTest } from '../fixtures/sandbox.ts'

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
    'a system with a user and without locales, browsers and screens',
    program('python/user-and-system'),
    'Error unsupported locale setting\nError unsupported locale setting\nError unsupported locale setting\nC C.UTF-8 C.UTF-8\nFalse\nTrue True True 1\nTrue True True\n"getpwnam(): name not found: \'nobody-here\'"\n',
  ],
]

sandboxTest.for(PROGRAMS)('the standard library has %s', async ([, code, stdout], { sandbox }) => {
  expect(await sandbox.execute(code)).toMatchObject({ error: null, stdout })
})

sandboxTest('a password is read where standard input has one', async ({ sandbox }) => {
  const code = 'import getpass, warnings\nwarnings.simplefilter("ignore")\ngetpass.getpass()'
  expect(await sandbox.execute(code, { stdin: 'secret\n' })).toMatchObject({ error: null, result: 'secret' })
})

sandboxTest(
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
      'curses ensurepip idlelib msvcrt nt pydoc_data readline resource syslog tkinter turtle turtledemo venv winreg winsound',
    )
  },
)

sandboxTest(
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

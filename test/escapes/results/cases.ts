/** What honest Python gives back, and what of the result must be so. */
export interface ResultCase {
  readonly name: string
  readonly code: string
  readonly expected: Readonly<Record<string, unknown>>
  /** Bytes of the files that it makes, which the host keeps while the result is held. */
  readonly fileBytes?: number
}

const MIB = 2 ** 20
const success = { status: 'success' }
const display = (mime: string, value: string, times = 1) =>
  `for _ in range(${times}): display({${JSON.stringify(mime)}: ${value}}, raw=True)`
const file = (name: string, value = '"x"') => `open(${name}, "w").write(${value})`

export const CASES: readonly ResultCase[] = [
  {
    name: 'a display of 10^6 empty lists',
    code: display('application/json', '[[[]]] * 1_000_000'),
    expected: success,
  },
  {
    name: 'a display of 10^6 empty objects',
    code: display('application/json', '[{}] * 1_000_000'),
    expected: success,
  },
  {
    name: 'a display of 10^6 zeros',
    code: display('application/json', '[0] * 1_000_000'),
    expected: success,
  },
  {
    name: 'a display of 10^5 keys',
    code: display('application/json', '{str(i): i for i in range(100_000)}'),
    expected: success,
  },
  {
    name: 'a display that is nested 100,000 deep',
    code: `a = []\nfor _ in range(100_000): a = [a]\n${display('application/json', 'a')}`,
    expected: success,
  },
  {
    name: 'a display that holds itself',
    code: `a = []\na.append(a)\n${display('application/json', 'a')}`,
    expected: success,
  },
  { name: 'a display of 4 MiB of text', code: display('text/html', `"x" * ${4 * MIB}`), expected: success },
  {
    name: 'a display past the longest',
    code: display('text/html', `"x" * ${9 * MIB}`),
    expected: { ...success, truncated: { displays: 1 } },
  },
  { name: 'a display of 4 MiB of bytes', code: display('image/png', `bytes(${4 * MIB})`), expected: success },
  {
    name: 'a display of control characters',
    code: display('text/plain', `"\\0\\x1b" * 200_000`),
    expected: success,
  },
  {
    name: 'a display of halves of characters',
    code: display('text/plain', `"\\ud800" * 200_000`),
    expected: success,
  },
  {
    name: 'a display with keys of prototypes',
    code: display('application/json', '{"__proto__": {"polluted": 1}, "constructor": 1}'),
    expected: success,
  },
  {
    name: '5000 displays',
    code: display('text/plain', '"x"', 5000),
    expected: { ...success, truncated: { displays: 4000 } },
  },
  {
    name: 'metadata of 10^5 entries',
    code: 'display({"text/plain": "x"}, raw=True, metadata={str(i): i for i in range(100_000)})',
    expected: {},
  },
  {
    name: '1000 files',
    code: `for i in range(900): ${file('str(i)')}`,
    expected: { ...success, truncated: { files: 0 } },
    fileBytes: MIB,
  },
  {
    name: 'a file of 64 MiB',
    code: file('"large"', `"x" * ${64 * MIB}`),
    expected: success,
    fileBytes: 64 * MIB,
  },
  {
    name: 'names of Windows',
    code: `for name in ("..\\\\..\\\\x", "C:\\\\x", "x:y", "CON", "nul.txt", "com1"): ${file('name')}`,
    expected: success,
  },
  {
    name: 'names that end in dots and spaces',
    code: `for name in ("x.", "x ", "...", " "): ${file('name')}`,
    expected: success,
  },
  {
    name: 'names of control characters',
    code: `for name in ("a\\nb", "\\x1b[2J", "\\x7f"): ${file('name')}`,
    expected: success,
  },
  {
    name: 'a name with half of a character',
    code: `try: ${file('"\\ud800"')}\nexcept UnicodeError: pass`,
    expected: success,
  },
  { name: 'a name of backticks', code: file('"`" * 200'), expected: success },
  {
    name: 'a link out of the folder',
    code: 'import os\nos.symlink("/etc/passwd", "link")\nos.symlink("link", "loop")',
    expected: { ...success, files: [] },
  },
  {
    name: 'a folder that was the working folder',
    code: 'import os, shutil\nos.chdir("/")\nshutil.rmtree("/workspace")',
    expected: {},
  },
  {
    name: 'a value of 400,000 empty lists',
    code: '[[]] * 400_000',
    expected: { ...success, truncated: { result: true } },
  },
  { name: 'a value of 100,000 empty lists', code: '[[]] * 100_000', expected: success },
  {
    name: 'a value of 8 MiB of text',
    code: `"x" * ${8 * MIB}`,
    expected: { ...success, truncated: { result: true } },
  },
  {
    name: 'a value that is nested 100,000 deep',
    code: 'a = []\nfor _ in range(100_000): a = [a]\na',
    expected: success,
  },
  { name: 'a value with 50,000 keys', code: '{str(i): i for i in range(50_000)}', expected: success },
  {
    name: 'a value whose repr is 8 MiB',
    code: `class A:\n    def __repr__(self): return "x" * ${8 * MIB}\nA()`,
    expected: success,
  },
  {
    name: 'an exception of 8 MiB',
    code: `raise ValueError("x" * ${8 * MIB})`,
    expected: { status: 'error', error: { kind: 'exception' } },
  },
  {
    name: 'an exception whose name is 1 MiB',
    code: `raise type("X" * ${MIB}, (Exception,), {})()`,
    expected: { status: 'error' },
  },
  { name: 'a prompt of 1 MiB', code: `input("x" * ${MIB})`, expected: {} },
  { name: '2000 prompts', code: 'for _ in range(2000): input("x" * 1000)', expected: success },
  {
    name: '16 MiB of output in small pieces',
    code: 'for _ in range(16_384): print("x" * 1023)',
    expected: { ...success, truncated: { stdout: true } },
  },
  {
    name: 'output of zero bytes',
    code: `import os\nos.write(1, bytes(${MIB}))\nos.write(2, b"\\xff" * 1000)`,
    expected: success,
  },
]

import { expect, test } from 'vitest'
import { PyodideSandbox } from '../../src/sandbox/index.ts'
import { host } from '../fixtures/grants.ts'
import { programTestWith } from '../fixtures/program-sandbox.ts'

const programTest = programTestWith({ pool: { min: 1, max: 2 } })

programTest('files past the limit of a result are counted, and said in both texts', async ({ sandbox }) => {
  const code = `import os
folder = "/".join(["d" * 20] * 40)
os.makedirs(folder)
os.chdir(folder)
for i in range(400): open(str(i), "w").write("x")`
  const result = await sandbox.execute(code)
  const { files, truncated } = result
  expect(result.status).toBe('success')
  expect(files.length).toBeLessThan(400)
  expect(truncated).toEqual({
    stdout: false,
    stderr: false,
    result: false,
    files: 400 - files.length,
    displays: 0,
    permissions: 0,
  })
  expect(result.toText()).toContain(`${truncated.files} that were left out at a limit`)
  expect(result.toMarkdown()).toContain(`files (${truncated.files} left out)`)
})

programTest(
  'displays past the limit of a result are counted, and said in both texts',
  async ({ sandbox }) => {
    const code = 'for i in range(5000): display({"text/plain": str(i)}, raw=True)'
    const result = await sandbox.execute(code)
    expect(result.displays.length).toBe(1000)
    expect(result.truncated.displays).toBe(4000)
    expect(result.toText()).toContain('4000 that were left out at a limit')
    expect(result.toMarkdown()).toContain('displays (4000 left out)')
    expect((await sandbox.execute('1')).truncated).toMatchObject({ files: 0, displays: 0 })
  },
)

programTest(
  'a name that leads elsewhere on some platform is listed without its contents',
  async ({ sandbox }) => {
    const names = [
      '..\\..\\evil.bat',
      'C:\\x',
      'x:stream',
      'CON',
      'nul.txt',
      'sub/COM1',
      'end.',
      'end ',
      'a\nb',
    ]
    const code = `import os
os.makedirs('sub', exist_ok=True)
for name in ${JSON.stringify(names)} + ['good.txt', 'console.log']: open(name, 'w').write('x')`
    const { files } = await sandbox.execute(code)
    const kept = files.filter(({ sha256 }) => sha256 !== null).map(({ path }) => path)
    expect(kept.sort()).toEqual(['console.log', 'good.txt'])
    expect(files.map(({ path }) => path).sort()).toEqual([...names, 'good.txt', 'console.log'].sort())
    const evil = files.find(({ path }) => path === 'x:stream')
    await expect(evil?.bytes()).rejects.toThrow(/lead elsewhere on some platforms/)
  },
)

test('permissions past the limit of the receipt are counted', async () => {
  const at = host({ 'in/': '' })
  await using sandbox = new PyodideSandbox({ allowRead: [at('in')], pool: { min: 0, max: 1 } })
  const code = `import os\nfor i in range(1500): os.path.exists(${JSON.stringify(at('in'))} + f"/{i}")`
  const result = await sandbox.execute(code)
  const { used, denied } = result.permissions
  expect(result.status).toBe('success')
  expect(used.length + denied.length).toBe(1000)
  expect(result.truncated.permissions).toBeGreaterThanOrEqual(500)
  expect(result.toMarkdown()).toContain(`permissions (${result.truncated.permissions} left out)`)
  expect((await sandbox.execute('1')).truncated.permissions).toBe(0)
})

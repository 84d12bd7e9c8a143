import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { codeOf, LIMITS, read, runServices } from '../../../test/fixtures/run-service.ts'
import { temporaryRoot } from '../host/guardian.ts'

const { root, programs, makeService } = runServices()

/** Running processes whose command line is this, in words. */
function running(...words: string[]): number {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1') === `${words.join('\0')}\0`
    } catch {
      return false
    }
  }).length
}

describe.runIf(process.platform === 'linux')('RunService', () => {
  test('start uses the granted shell, folder and variables', async () => {
    const { call, start, uses } = makeService()
    const script = 'echo "$0 $TOKEN $(pwd) $#"; cat >&2'
    const request = {
      program: null,
      args: ['-c', script],
      cwd: root,
      env: [['TOKEN', 'secret']],
      stderr: 'stdout',
    }
    const program = await start(request)
    expect((await call('read', read(program))).text).toBe(`${programs[0]?.path} secret ${root} 0\n`)
    await call('write', { program, deadlineMs: null }, Buffer.from('to both'))
    expect((await call('read', read(program, { max: 2 }))).text).toBe('to')
    expect((await call('read', read(program))).text).toBe(' both')
    expect(await codeOf(call('read', read(program, { deadlineMs: 0 })))).toBe('timeout')
    expect((await call('wait', { program, deadlineMs: 0 })).value).toBeNull()
    await call('close-input', { program })
    expect((await call('read', read(program))).text).toBe('')
    expect((await call('wait', { program, deadlineMs: null })).value).toBe(0)
    expect(await codeOf(call('write', { program, deadlineMs: null }, Buffer.from('late')))).toBe('EPIPE')
    expect(uses.used.uses).toEqual([{ kind: 'run', value: programs[0]?.target, count: 1 }])
  })

  test('a program of another worker, or one that is not there, cannot be touched', async () => {
    const [one, other] = [makeService(), makeService()]
    const program = await one.start()
    for (const [name, params] of [
      ['read', read(program)],
      ['write', { program, deadlineMs: 0 }],
      ['wait', { program, deadlineMs: 0 }],
      ['kill', { program, signal: 9 }],
      ['close-input', { program }],
    ] as const) {
      expect(await codeOf(other.call(name, params))).toBe('EBADF')
      expect(await codeOf(one.call(name, { ...params, program: -program }))).toBe('EBADF')
    }
    expect(await codeOf(one.call('read', read(program, { stream: 'stderr', deadlineMs: 0 })))).toBe('EBADF')
    expect((await one.call('wait', { program, deadlineMs: 50 })).value).toBeNull()
  })

  test('output past the ceiling ends the program', async () => {
    const { call, start } = makeService()
    const program = await start({
      program: 'sh',
      args: ['-c', 'while :; do echo xxxxxxxxxxxxxxxxxxxxx; done'],
    })
    const reading = async () => {
      for (let bytes = 0; bytes <= 2 * LIMITS.maxOutputBytes; )
        bytes += (await call('read', read(program))).text.length
    }
    expect(await codeOf(reading())).toBe('EFBIG')
    expect((await call('wait', { program, deadlineMs: null })).value).toBe(-9)
  })

  test('input that nobody reads does not pile up, whatever the deadline', async () => {
    const { call, start } = makeService()
    const program = await start({ program: 'sleep', args: ['30'] })
    const codes: string[] = []
    for (let count = 0; count < 100; count++)
      codes.push(await codeOf(call('write', { program, deadlineMs: 0 }, new Uint8Array(65_536))))
    expect(codes.filter((code) => code === 'none').length).toBeLessThan(20)
    expect(new Set(codes)).toEqual(new Set(['none', 'timeout']))
  })

  test('a thousand waits at a time end with the program, without a warning', async () => {
    const { call, start } = makeService()
    const warnings: unknown[] = []
    const note = (warning: unknown) => warnings.push(warning)
    process.on('warning', note)
    const program = await start()
    const waits = Array.from({ length: 500 }, () => call('wait', { program, deadlineMs: null }))
    const reads = Array.from({ length: 500 }, () => call('read', read(program)))
    await call('kill', { program, signal: 15 })
    expect(new Set((await Promise.all(waits)).map(({ value }) => value))).toEqual(new Set([-15]))
    expect(new Set((await Promise.all(reads)).map(({ text }) => text))).toEqual(new Set(['']))
    process.removeListener('warning', note)
    expect(warnings).toEqual([])
  })

  test('programs and handles are limited, also when they are asked for at once', async () => {
    const { call, start } = makeService()
    const asked = Array.from({ length: 10 }, () => start())
    expect((await Promise.all(asked.map(codeOf))).sort()).toEqual([
      ...Array(6).fill('EAGAIN'),
      ...Array(4).fill('none'),
    ])
    for (const [index, each] of asked.entries()) {
      const program = await each.catch(() => null)
      if (program === null) continue
      await call('kill', { program, signal: 9 })
      await call('wait', { program, deadlineMs: null })
      if (index % 2 === 0) await call('release', { program })
    }
    const more: number[] = []
    for (let count = 0; count < 10; count++) {
      const program = await start({ program: 'sh', args: ['-c', ':'] }).catch(() => null)
      if (program === null) continue
      await call('wait', { program, deadlineMs: null })
      more.push(program)
    }
    expect(more.length).toBe(4)
    expect(await codeOf(start())).toBe('EMFILE')
  })

  test('a program that is let go of goes on, and what it left running counts', async () => {
    const { call, start } = makeService()
    for (let count = 0; count < LIMITS.maxPrograms; count++) {
      const program = await start({
        program: 'sh',
        args: ['-c', 'sleep 4711 >/dev/null & exit 0'],
        stdout: 'null',
      })
      await call('wait', { program, deadlineMs: null })
      await call('release', { program })
    }
    await expect.poll(() => running('sleep', '4711')).toBe(LIMITS.maxPrograms)
    expect(await codeOf(start())).toBe('EAGAIN')
  })

  test('close() ends everything, also what is being started, and nothing starts afterwards', async () => {
    const { service, start } = makeService()
    const before = readdirSync(temporaryRoot()).length
    await start({ program: 'sh', args: ['-c', 'setsid -f sleep 4712 >/dev/null; sleep 4712 & sleep 4712'] })
    await expect.poll(() => running('sleep', '4712')).toBe(3)
    const starting = codeOf(start({ program: 'sleep', args: ['4712'] }))
    await Promise.all([service.close(), service.close()])
    expect(running('sleep', '4712')).toBe(0)
    expect(await starting).toBe('ECONNABORTED')
    expect(await codeOf(start())).toBe('ECONNABORTED')
    expect(existsSync(temporaryRoot()) && readdirSync(temporaryRoot()).length).toBe(before)
  })
})

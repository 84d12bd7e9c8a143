import { beforeAll, describe, expect, test } from 'vitest'
import { expectGone, prepareImage, start, workersOf } from '../fixtures/command.ts'

beforeAll(prepareImage)

describe('signals', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s lets Python clean up, shows the rest, and ends with %i', async (signal, exitCode) => {
    const running = start([
      'run',
      '-c',
      'print("begin")\ntry:\n  while True: pass\nfinally: print("cleaned up")',
    ])
    await running.printed('begin\n')
    const workers = workersOf(running)
    running.child.kill(signal)
    const outcome = await running.outcome
    expect(outcome).toMatchObject({ exitCode, stdout: 'begin\ncleaned up\n' })
    expect(outcome.stderr).toMatch(new RegExp(`agentchat-sandbox: cancelled: .*${signal}\n$`))
    expect(workers).toHaveLength(1)
    await expectGone(workers)
  })

  test('the second Ctrl-C ends everything at once', async () => {
    const stubborn = 'print("begin")\nwhile True:\n  try:\n    while True: pass\n  except BaseException: pass'
    const running = start(['run', '-c', stubborn])
    await running.printed('begin\n')
    const workers = workersOf(running)
    running.child.kill('SIGINT')
    await new Promise((resolve) => setTimeout(resolve, 50))
    running.child.kill('SIGINT')
    // With one signal alone it would say that the run was cancelled.
    expect(await running.outcome).toMatchObject({ exitCode: 130, stderr: '' })
    await expectGone(workers)
  })

  test('Ctrl-C before Python runs ends at once', async () => {
    const running = start(['run', '-c', 'import time; time.sleep(20); print("never")'])
    await expect.poll(() => workersOf(running), { interval: 5 }).toHaveLength(1)
    const workers = workersOf(running)
    running.child.kill('SIGINT')
    expect(await running.outcome).toMatchObject({ exitCode: 130, stdout: '' })
    await expectGone(workers)
  })
})

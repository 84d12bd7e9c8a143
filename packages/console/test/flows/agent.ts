import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ScriptedEndpoint } from '../../../agent/test/fixtures/scripted-endpoint.ts'
import type { Flows } from '../fixtures/browser.ts'
import { press, type } from '../fixtures/keyboard.ts'
import { ended } from '../fixtures/steps.ts'

const block = (code: string) => `I will compute it.\n\`\`\`python\n${code}\n\`\`\``

/** Conversations with an agent, on a model that says what it is told to. */
export function agentFlows(flows: () => Flows): void {
  describe('agents', () => {
    let endpoint: ScriptedEndpoint
    const name = `scripted-${process.pid}`
    beforeAll(async () => {
      endpoint = await ScriptedEndpoint.start()
      const { request } = flows().service
      await request('POST', 'models', { name, baseUrl: endpoint.baseUrl, model: 'scripted-1' })
      const code = 'def double(n: int) -> int:\n    return 2 * n'
      await request('POST', 'tools', {
        name: 'double',
        kind: 'python',
        definition: { code, entry: 'double' },
      })
    })
    afterAll(async () => await endpoint[Symbol.asyncDispose]())

    test('a task is solved in steps that come as they are made, and is in the list', async () => {
      endpoint.says(block('print("so far", 20)'), block('final_answer({"n": 42})'))
      await flows().page('/agent', async (page) => {
        await page.getByLabel('Task').fill('What is it?')
        await page.getByRole('button', { name: 'Start' }).click()
        await page.waitForURL(/\/agent\/agt_/)
        await ended(page, 'Answered')
        await page.getByText('I will compute it.').first().waitFor()
        await page.getByText('so far 20').first().waitFor()
        await page.getByText('{ "n": 42 }').waitFor()
        await page.getByRole('link', { name: 'The whole record' }).first().waitFor()
        // The same from its record.
        await page.reload()
        await page.getByText('so far 20').first().waitFor()
        await page.getByRole('link', { name: 'Agent', exact: true }).click()
        await page.getByRole('link', { name: /"n":42/ }).waitFor()
      })
    })

    test('a run goes on from an earlier step of another one, whose steps it begins with', async () => {
      endpoint.says(block('x = double(n=20)'), block('print("first", x)'), 'It is 40.')
      const wanted = { task: 'Double 20', model: name, tools: ['double'] }
      const answer = await flows().service.request('POST', 'agent/runs', wanted)
      const { id } = (await answer.json()) as { readonly id: string }
      await flows().page(`/agent/${id}`, async (page) => {
        await ended(page, 'Answered')
        // Of the last step, which was the answer, there is none.
        await page.getByText('first 40').first().waitFor()
        expect(await page.getByRole('link', { name: 'Branch from here' }).count()).toBe(2)
        endpoint.says(block('print("second", x + 2)'), 'It is 42.')
        await page.getByRole('link', { name: 'Branch from here: Step 1' }).click()
        await page.getByText('Goes on after step 1').waitFor()
        expect(await page.getByLabel('Task').inputValue()).toBe('Double 20')
        await page.getByLabel('Task').fill('Double 20, and 2 more')
        await page.getByRole('button', { name: 'Start' }).click()
        await page.waitForURL((url) => /agt_/.test(url.pathname) && !url.pathname.endsWith(id))
        // The call of the first step is not made again, so that nobody is asked.
        await ended(page, 'Answered')
        await page.getByText('second 42').first().waitFor()
        await page.getByText('It is 42.').first().waitFor()
        await page.getByRole('link', { name: 'Begins with an earlier run, up to its step 1' }).click()
        await page.waitForURL(new RegExp(`/agent/${id}$`))
      })
    })

    test('files can be taken, tokens and time are told, and one in a session goes on with what that holds', async () => {
      const made = await flows().service.request('POST', 'sessions', { name: 'of an agent' })
      const { id } = (await made.json()) as { readonly id: string }
      endpoint.says(block('found = 42\nopen("answer.txt", "w").write("42")'), 'It is in the file.')
      await flows().page(`/agent?sessionId=${id}`, async (page) => {
        await page.getByText(`Goes on in the session ${id}`).waitFor()
        await page.getByLabel('Task').fill('Find it')
        await page.getByRole('button', { name: 'Start' }).click()
        await ended(page, 'Answered')
        await page.getByText('200 tokens in, 20 out').waitFor()
        await page.getByText(/^[\d.]+m?s$/).waitFor()
        const [file] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('link', { name: 'Download answer.txt' }).click(),
        ])
        expect(file.suggestedFilename()).toBe('answer.txt')
        endpoint.says(block('print("still", found)'), 'It is still there.')
        await page.getByRole('link', { name: 'Go on' }).click()
        await page.getByText(`Goes on in the session ${id}`).waitFor()
        await page.getByLabel('Task').fill('Look again')
        await page.getByRole('button', { name: 'Start' }).click()
        await page.getByText('still 42').first().waitFor()
        await ended(page, 'Answered')
      })
    })

    test('a call waits for its approval, by keyboard, and is refused or allowed', async () => {
      endpoint.says(
        block('print(double(n=4))'),
        block('try: double(n=5)\nexcept Exception as e: print("told", e)'),
        'Done.',
      )
      await flows().page('/agent', async (page) => {
        await page.getByLabel('Task').fill('Double it')
        await page.getByText(/Tools that it may call/).click()
        await page.getByLabel('double').selectOption('ask')
        await page.getByRole('button', { name: 'Start' }).click()
        const allow = page.getByRole('button', { name: 'Allow' })
        await allow.waitFor()
        await allow.focus()
        await page.keyboard.press('Enter')
        const calls = page.getByRole('group', { name: 'Call of double' })
        await calls.nth(1).getByRole('button', { name: 'Refuse' }).click()
        await ended(page, 'Answered')
        await page.getByText('told').first().waitFor()
        expect(await calls.count()).toBe(2)
      })
    })

    test('a task is given and answered by keyboard alone', async () => {
      endpoint.says('It is 42.')
      await flows().page('/agent', async (page) => {
        await page.getByLabel('Task').waitFor()
        await type(page, 'Task', 'What is it?')
        await press(page, 'Start')
        await ended(page, 'Answered')
        await page.getByText('It is 42.').first().waitFor()
        await press(page, 'Delete')
        await press(page, 'Delete for ever')
        await page.waitForURL(/\/agent$/)
      })
    })

    test('one is branched from an earlier step, its calls refused and allowed, by keyboard alone', async () => {
      endpoint.says(block('x = 20'), 'It is 20.')
      const answer = await flows().service.request('POST', 'agent/runs', { task: 'Find 20', model: name })
      const { id } = (await answer.json()) as { readonly id: string }
      await flows().page(`/agent/${id}`, async (page) => {
        await page.getByRole('link', { name: 'Branch from here: Step 1' }).waitFor()
        await press(page, /^Branch from here/)
        await page.getByText('Goes on after step 1').waitFor()
        endpoint.says(
          block('try: double(n=x)\nexcept Exception as e: print("told", e)'),
          block('print("second", double(n=x + 1))'),
          'It is 42.',
        )
        await type(page, 'Task', 'Double it')
        await press(page, /^Tools that it may call/)
        await press(page, 'double', 'a')
        await press(page, 'Start')
        await page.waitForURL((url) => /agt_/.test(url.pathname) && !url.pathname.endsWith(id))
        const calls = page.getByRole('group', { name: 'Call of double' })
        await calls.first().getByRole('button', { name: 'Refuse' }).waitFor()
        await press(page, 'Refuse')
        await calls.nth(1).getByRole('button', { name: 'Allow' }).waitFor()
        await press(page, 'Allow')
        await ended(page, 'Answered')
        await page.getByText('second 42').first().waitFor()
        await page.getByText('It is 42.').first().waitFor()
        await press(page, /^Begins with an earlier run/)
        await page.waitForURL(new RegExp(`/agent/${id}$`))
      })
    })

    test('those that were are listed by their tasks, also without an answer, and more on demand', async () => {
      endpoint.says(block('print("no answer yet")'))
      const run = async (task: string) =>
        await flows().service.request('POST', 'agent/runs', { task, model: name, limits: { maxSteps: 1 } })
      await run(`Search without an end ${'and '.repeat(90)}`)
      await run('Search on')
      await flows().page('/settings', async (page) => {
        await page.route('**/api/v1/agent/runs?*', async (route) => {
          await route.continue({
            url: route
              .request()
              .url()
              .replace(/limit=\d+/, 'limit=1'),
          })
        })
        await page.getByRole('link', { name: 'Agent', exact: true }).click()
        const runs = page.getByRole('region', { name: 'Runs' })
        await runs.getByRole('link', { name: /Too many steps\s*Search on/ }).waitFor()
        expect(await runs.getByRole('listitem').count()).toBe(1)
        await runs.getByRole('button', { name: 'Show more' }).click()
        const longest = runs.getByRole('link', { name: /Search without an end( and){60}/ })
        await longest.waitFor()
        await page.setViewportSize({ width: 390, height: 844 })
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
        await longest.click()
        await ended(page, 'Too many steps')
      })
    })

    test('one that goes on is stopped', async () => {
      endpoint.says(block('import time\ntime.sleep(15)'))
      await flows().page('/agent', async (page) => {
        await page.getByLabel('Task').fill('Wait')
        await page.getByRole('button', { name: 'Start' }).click()
        await page.getByText('time.sleep(15)').waitFor()
        await page.getByRole('button', { name: 'Stop' }).click()
        await ended(page, 'Stopped')
      })
    })
  })
}

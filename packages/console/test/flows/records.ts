import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { duration } from '../../src/text/formats.ts'
import type { Flows } from '../fixtures/browser.ts'
import { printed, run } from '../fixtures/steps.ts'

const PASSWORD = 'a password of somebody'

/** What a receipt says of one time, such as "312ms" or "1.2s", in milliseconds. */
async function timeOf(page: Page, name: string): Promise<number> {
  const text = await page.locator('dl > div').filter({ hasText: name }).last().locator('dd').innerText()
  const [, number = '', unit] = /^([\d.]+) ?(ms|s)$/.exec(text) ?? []
  return Number(number) * (unit === 's' ? 1000 : 1)
}

/** What is told of runs: the receipt of one, its record, and the sums of all. */
export function recordFlows(flows: () => Flows): void {
  describe('what is told of runs', () => {
    const newUser = async () => {
      const email = `records-${process.pid}-${Date.now()}@example.com`
      await flows().service.request('POST', 'users', {
        ...{ email, name: 'Records', password: PASSWORD, role: 'user' },
      })
      return email
    }

    /** As somebody who is new here. */
    const asNew = async (path: string, flow: (page: Page) => Promise<void>) => {
      const email = await newUser()
      await flows().page(
        '/settings',
        async (page) => {
          const headers = { origin: flows().service.url }
          await page.request.post('/api/v1/auth/sign-in', { data: { email, password: PASSWORD }, headers })
          await page.goto(path)
          await flow(page)
        },
        { isStranger: true },
      )
    }

    test('the receipt says what was taken out, how often, and where the time went', async () => {
      const made = await flows().service.request('POST', 'sessions', { name: 'with a secret' })
      const { id } = (await made.json()) as { readonly id: string }
      await flows().service.request('PUT', `sessions/${id}/secrets/API_KEY`, {
        ...{ value: 'sk-live-9xPq2LmNv7RtYw', hosts: ['api.example.com'] },
      })
      await flows().page(`/playground/${id}`, async (page) => {
        await page.locator('.cm-content').waitFor()
        const leak = 'print("sk-live-9xPq" + "2LmNv7RtYw")\n'
        await run(page, `${leak}${leak}import time; time.sleep(0.3)`)
        await page.getByText('Receipt', { exact: true }).click()
        await page.getByText('known-secret', { exact: true }).waitFor()
        await page.getByRole('definition').filter({ hasText: 'known-secret × 2' }).waitFor()
        expect(await timeOf(page, 'Running')).toBeGreaterThanOrEqual(300)
        for (const name of ['Waiting for a place', 'Starting Python', 'Packages', 'CPU time'])
          expect(await timeOf(page, name), name).toBeGreaterThanOrEqual(0)
        await page.locator('dl > div').filter({ hasText: 'Most memory' }).getByText(/\d MB/).waitFor()
        expect(await page.content()).not.toContain('9xPq2LmNv7RtYw')
      })
    })

    test('one execution has its times, its files to download, and its entries of the audit', async () => {
      const code = 'import time\ntime.sleep(0.2)\nopen("sales.csv", "w").write("city,n")\nprint("made")'
      const answer = await flows().service.request('POST', 'executions', { code })
      const { id } = (await answer.json()) as { readonly id: string }
      await flows().page(`/activity/${id}`, async (page) => {
        await page.getByText('Receipt', { exact: true }).click()
        const times = page.locator('dl > div')
        expect(await times.filter({ hasText: 'Waiting for a place' }).count()).toBe(1)
        expect(await timeOf(page, 'Running')).toBeGreaterThanOrEqual(200)
        // What it took before it ran is the sum of the parts, at the top of the page.
        const before = page.locator('dl > div').filter({ hasText: 'Before it ran' }).locator('dd')
        expect(await before.innerText()).toMatch(/^[\d.]+ ?m?s$/)
        const [file] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('link', { name: 'Download sales.csv' }).click(),
        ])
        expect(file.suggestedFilename()).toBe('sales.csv')
        await page.getByRole('cell', { name: 'execution.create' }).waitFor()
      })
    })

    test('the overview of somebody has the sums of what this one has run', async () => {
      await asNew('/settings', async (page) => {
        const refused = 'import urllib.request\nurllib.request.urlopen("http://example.com")'
        const codes = ['1', '2', refused, '4']
        const post = async (path: string, data: object) => {
          const headers = { origin: flows().service.url }
          const answer = await page.request.post(`/api/v1/${path}`, { data, headers })
          return (await answer.json()) as { readonly id: string }
        }
        for (const code of codes) await post('executions', { code })
        // Loading one is an execution, too, and none of the tool.
        const made = async (name: string, work: string) => {
          const definition = { code: `def main() -> int:\n    return ${work}` }
          return (await post('tools', { name, kind: 'python', definition })).id
        }
        const light = await made('light', '1')
        const heavy = await made('heavy', 'sum(n % 7 for n in range(1_000_000))')
        for (const id of [heavy, light, heavy]) await post(`tools/${id}/execute`, { arguments: {} })
        // They are added up a moment after they end, and the page asks every ten seconds.
        const counted = async () => {
          const answer = await page.request.get('/api/v1/stats')
          return ((await answer.json()) as { readonly executions: number }).executions
        }
        await expect.poll(counted).toBe(9)
        await page.goto('/activity/overview')
        const fact = (name: string) => page.locator('dl > div').filter({ hasText: name }).locator('dd')
        await expect.poll(() => fact('Executions that ended').innerText()).toBe('9')
        expect(await fact('Uses refused').innerText()).toBe('1')
        expect(await fact('Runs a minute').innerText()).toBe('1.8')
        for (const name of ['p50', 'p95']) expect(await fact(name).innerText()).toMatch(/^[\d.]+ ?m?s$/)
        const outcome = (name: string) => page.getByRole('row').filter({ hasText: name })
        expect((await outcome('Success').innerText()).split(/\s+/)).toEqual(['Success', '8', '88.9', '%'])
        expect((await outcome('Error').innerText()).split(/\s+/)).toEqual(['Error', '1', '11.1', '%'])
        // Each with what its executions have taken, the heaviest first.
        const taken = async (query: string) => {
          const answer = await page.request.get(`/api/v1/executions?limit=100&${query}`)
          const { items } = (await answer.json()) as { readonly items: readonly { readonly cpuMs: number }[] }
          return duration(items.reduce((sum, { cpuMs }) => sum + Math.round(cpuMs), 0))
        }
        expect(await fact('CPU time').innerText()).toBe(await taken(''))
        const tools = page.getByRole('region', { name: 'Heaviest tools by CPU time' })
        const rows = await tools.getByRole('row').all()
        const cells = await Promise.all(rows.map((row) => row.getByRole('cell').allInnerTexts()))
        expect(cells).toEqual([
          ['heavy', '2 runs', await taken(`toolId=${heavy}`)],
          ['light', '1 run', await taken(`toolId=${light}`)],
        ])
        await tools.getByRole('link', { name: 'heavy' }).click()
        await page.waitForURL(`**/tools/${heavy}`)
      })
    })

    test('where nothing is yet it is said what belongs there, and how it comes', async () => {
      await asNew('/tools', async (page) => {
        await page
          .getByText('No tools yet')
          .or(page.getByRole('main').getByRole('listitem').first())
          .waitFor()
        await page.goto('/tools?scope=mine')
        await page.getByText('A tool is a Python function, or a service').waitFor()
        await page.getByRole('link', { name: 'New Python tool' }).waitFor()
        await page.goto('/activity')
        await page.getByText('Each run stands here with its code').waitFor()
        await page.getByRole('link', { name: 'To the playground' }).click()
        await page.getByRole('heading', { name: 'Start with an example' }).waitFor()
        await page.getByText('In a session Python remembers names and files').waitFor()
        await page.goto('/activity/batches')
        await page.getByText('with POST /api/v1/batches').waitFor()
        await page.goto('/settings')
        await page.getByText('A key lets a program do what you may do').waitFor()
        await page.route('**/api/v1/models?*', async (route) => {
          await route.fulfill({ json: { items: [], nextCursor: null } })
        })
        await page.goto('/agent')
        await page.getByText('An administrator sets up the language model').waitFor()
        expect(await page.getByRole('link', { name: 'New model' }).count()).toBe(0)
      })
    })

    test('a session tells its size and when it was saved, goes to rest, and is woken by the next run', async () => {
      const { request } = flows().service
      const made = async (name: string) => {
        const answer = await request('POST', 'sessions', { name })
        const { id } = (await answer.json()) as { readonly id: string }
        await request('POST', `sessions/${id}/executions`, { code: 'kept = [1, 2, 3]' })
        return id
      }
      const id = await made('to rest')
      await flows().page(`/playground/${id}`, async (page) => {
        await page.getByText('Awake').waitFor()
        await page.getByText(/Saved .*, [\d.]+ [kM]B/).waitFor()
        const row = page.getByRole('row').filter({ hasText: 'kept' })
        expect((await row.innerText()).split(/\s+/)).toEqual([
          'kept',
          'list',
          expect.stringMatching(/^\d+B$/),
        ])
        // Of more sessions than may be awake those that were not used for longest rest.
        for (const name of ['one more', 'and another', 'and a third']) await made(name)
        await page.reload()
        await page.getByText('At rest').waitFor()
        await page.locator('.cm-content').nth(1).waitFor()
        await run(page, 'print(kept)')
        await expect.poll(() => printed(page)).toBe('[1, 2, 3]')
        await page.getByText('Awake').waitFor()
      })
    })
  })
}

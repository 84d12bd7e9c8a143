import { describe, expect, test } from 'vitest'
import type { Flows } from '../fixtures/browser.ts'
import { ADMIN } from '../fixtures/service.ts'
import { ended, printed } from '../fixtures/steps.ts'

/** What has run, and runs. */
export function activityFlows(flows: () => Flows): void {
  describe('the activity', () => {
    const executed = async (json: object, headers?: Record<string, string>) => {
      const answer = await flows().service.request('POST', 'executions', json, headers)
      return ((await answer.json()) as { readonly id: string }).id
    }

    test('is filtered by what stands in the address, and one is shown in full', async () => {
      const id = await executed({ code: 'print("shown in full")\nraise ValueError("of the activity")' })
      await flows().page('/activity', async (page) => {
        await page.getByLabel('Status').selectOption('error')
        expect(page.url()).toContain('status=error')
        await page.getByText(id.slice(-6)).waitFor()
        expect(await page.getByRole('table').getByText('Success').count()).toBe(0)
        await page
          .locator('tr')
          .filter({ hasText: id.slice(-6) })
          .getByRole('link')
          .click()
        await page.getByRole('heading', { name: 'Execution' }).waitFor()
        expect(await printed(page)).toBe('shown in full')
        await page.getByText('of the activity').first().waitFor()
        await page.getByRole('cell', { name: 'execution.create' }).waitFor()
        await page.getByText('Receipt', { exact: true }).click()
        await page.getByText('Waiting for a place').waitFor()
      })
    })

    test('one runs again in the playground, and is deleted at the second word', async () => {
      const id = await executed({ code: 'print("once more")' })
      await flows().page(`/activity/${id}`, async (page) => {
        await page.getByRole('button', { name: 'Run again' }).click()
        await page.locator('.cm-content').getByText('once more').waitFor()
        await page.locator('.cm-content').click()
        await page.keyboard.press('Control+Enter')
        await ended(page, 'Success')
        await page.goto(`/activity/${id}`)
        await page.getByRole('button', { name: 'Delete' }).click()
        await page.getByRole('button', { name: 'Delete for ever' }).click()
        await page.waitForURL(/\/activity$/)
        expect((await flows().service.request('GET', `executions/${id}`)).status).toBe(404)
      })
    })

    test('two are compared', async () => {
      await executed({ code: 'print("one")\nprint("same")' })
      await executed({ code: 'print("two")\nprint("same")' })
      await flows().page('/activity', async (page) => {
        const boxes = page.getByRole('checkbox')
        await boxes.nth(1).check()
        await boxes.nth(0).check()
        await page.getByRole('button', { name: 'Compare two' }).click()
        const code = page.getByRole('group', { name: 'Code' })
        await code.getByText('print("one")').waitFor()
        await code.getByText('print("two")').waitFor()
        await page.getByRole('group', { name: 'Output' }).waitFor()
      })
    })

    test('two are compared in what went wrong, too', async () => {
      const one = await executed({ code: 'int("one")' })
      const other = await executed({ code: '1 / 0' })
      await flows().page(`/activity/compare/${one}/${other}`, async (page) => {
        const errors = page.getByRole('group', { name: 'What went wrong' })
        await errors.getByText('ZeroDivisionError: division by zero').first().waitFor()
        await errors.getByText('ValueError: invalid literal').first().waitFor()
        // The traceback ends in what was said, which stands there once.
        expect(await errors.getByText('ZeroDivisionError: division by zero').count()).toBe(1)
      })
    })

    test('one that goes on is followed from another page, and stopped there', async () => {
      const code = 'import time\nfor n in range(1000):\n    print("far", n, flush=True)\n    time.sleep(0.05)'
      const id = await executed({ code }, { prefer: 'respond-async' })
      await flows().page(`/activity/${id}`, async (page) => {
        await expect.poll(() => printed(page)).toContain('far 3')
        await page.getByRole('button', { name: 'Stop' }).click()
        await ended(page, 'Stopped')
      })
    })

    test('a stop that comes after the end deletes nothing', async () => {
      const code = 'print("kept", input())'
      const wanted = { code, interactive: true }
      const id = await executed(wanted, { prefer: 'respond-async' })
      const statusNow = async () => {
        const answer = await flows().service.request('GET', `executions/${id}`)
        return ((await answer.json()) as { readonly status: string }).status
      }
      await flows().page(`/activity/${id}`, async (page) => {
        const stop = page.getByRole('button', { name: 'Stop' })
        await stop.waitFor()
        // The page does not hear of the end.
        await page.route(`**/api/v1/executions/${id}`, async (route) => {
          if (route.request().method() !== 'GET') await route.continue()
        })
        await flows().service.request('POST', `executions/${id}/input`, { line: 'on record' })
        await expect.poll(statusNow).toBe('success')
        const answered = page.waitForResponse((answer) => answer.request().method() !== 'GET')
        await stop.click()
        expect((await answered).status()).toBe(200)
        expect(await statusNow()).toBe('success')
        await page.unrouteAll({ behavior: 'ignoreErrors' })
      })
      await flows().page(`/activity/${id}`, async (page) => {
        await expect.poll(() => printed(page)).toContain('kept on record')
      })
    })

    test('of one that waits the time goes on', async () => {
      const wish = { code: 'input("name? ")', interactive: true }
      const id = await executed(wish, { prefer: 'respond-async' })
      await flows().page('/activity', async (page) => {
        const row = page.getByRole('region', { name: 'Running now, live' }).locator('tr')
        const time = row
          .filter({ hasText: id.slice(-6) })
          .locator('td')
          .nth(1)
        const seconds = async () => Number(/^([\d.]+)s$/.exec(await time.innerText())?.[1] ?? 0)
        await expect.poll(seconds).toBeGreaterThan(2)
        const before = await seconds()
        await expect.poll(seconds).toBeGreaterThan(before + 1)
        await flows().service.request('DELETE', `executions/${id}`)
      })
    })

    test('what runs is shown live, with lines of its memory and its load', async () => {
      const id = await executed({ code: 'while True: pass' }, { prefer: 'respond-async' })
      await flows().page('/activity', async (page) => {
        const live = page.getByRole('region', { name: 'Running now, live' })
        const row = live.locator('tr').filter({ hasText: id.slice(-6) })
        await row
          .getByText(/[1-9]\d* MB|MiB/)
          .first()
          .waitFor()
        await expect
          .poll(
            async () =>
              (await row.locator('polyline').first().getAttribute('points'))?.split(' ').length ?? 0,
          )
          .toBeGreaterThan(3)
        await flows().service.request('DELETE', `executions/${id}`)
        await row.waitFor({ state: 'detached' })
      })
    })

    test('the overview sums up', async () => {
      await executed({ code: '1' })
      await flows().page('/activity/overview', async (page) => {
        await page.getByText('Runs a minute').waitFor()
        await page.getByText('p95').waitFor()
        await page.getByRole('heading', { name: 'Outcomes' }).waitFor()
        await page.locator('canvas').waitFor()
        await page.getByRole('cell', { name: ADMIN.email }).waitFor()
        await page.getByText(/\d+ ready, \d+ at work/).waitFor()
        await page.getByLabel('Since').selectOption('week')
        await page.getByLabel('Of').selectOption('mine')
        expect(page.url()).toMatch(/span=week&scope=mine/)
        // Who took most says nothing among the own ones, nor does what the service does.
        await page.getByRole('heading', { name: 'Heaviest users' }).waitFor({ state: 'detached' })
        await page.getByText('Workers of this service').waitFor({ state: 'detached' })
      })
    })

    test('what is not there is told', async () => {
      await flows().page('/activity/exe_none', async (page) => {
        await page.getByRole('alert').filter({ hasText: 'Cannot find the execution' }).waitFor()
      })
    })
  })
}

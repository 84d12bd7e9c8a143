import { describe, expect, test } from 'vitest'
import type { Flows } from '../fixtures/browser.ts'
import { printed } from '../fixtures/steps.ts'

/** Many programs at once. */
export function batchFlows(flows: () => Flows): void {
  describe('batches', () => {
    const begun = async (programs: readonly string[], prefer: Record<string, string> = {}) => {
      const answer = await flows().service.request('POST', 'batches', { programs }, prefer)
      return ((await answer.json()) as { readonly id: string }).id
    }

    test('are listed with how far they are, and their results read page by page', async () => {
      const usual = Array.from({ length: 20 }, (_, n) => `print("program", ${n})`)
      const id = await begun([...usual, '1 / 0', 'print("<b>last</b>")'])
      await flows().page('/activity', async (page) => {
        await page.getByRole('link', { name: 'Batches' }).click()
        const row = page.locator('tr').filter({ hasText: id.slice(-6) })
        await row.getByText('22 / 22').waitFor()
        await row.getByText('Finished').waitFor()
        await row.getByRole('link', { name: '22 programs' }).click()
        await page.getByRole('button', { name: 'Program 20' }).waitFor()
        await page.getByText('1 to 20 of 22').waitFor()
        await page.getByRole('button', { name: 'Previous' }).isDisabled()
        await page.getByRole('button', { name: 'Next' }).click()
        await page.getByText('ZeroDivisionError: division by zero').waitFor()
        // Nothing follows the last one.
        expect(await page.getByRole('button', { name: 'Next' }).isDisabled()).toBe(true)
        await page.getByRole('button', { name: 'Program 22' }).click()
        await expect.poll(() => printed(page)).toBe('<b>last</b>')
        await page.getByRole('button', { name: 'Delete' }).click()
        await page.getByRole('button', { name: 'Delete for ever' }).click()
        await page.waitForURL(/\/activity\/batches$/)
        expect((await flows().service.request('GET', `batches/${id}`)).status).toBe(404)
      })
    })

    test('one that runs is stopped, and keeps what has run', async () => {
      const id = await begun(['print("before")', 'while True: pass'], { prefer: 'respond-async' })
      await flows().page(`/activity/batches/${id}`, async (page) => {
        await page.getByText('1 / 2').waitFor()
        await page.getByRole('button', { name: 'Program 1', exact: true }).waitFor()
        await page.getByRole('button', { name: 'Stop' }).click()
        await page.getByRole('status').filter({ hasText: 'Stopped' }).waitFor()
        await page.getByRole('button', { name: 'Program 1', exact: true }).click()
        await expect.poll(() => printed(page)).toBe('before')
      })
    })

    test('one that is not there is told', async () => {
      await flows().page('/activity/batches/bat_none', async (page) => {
        await page.getByRole('alert').filter({ hasText: 'Cannot find the batch' }).waitFor()
      })
    })
  })
}

import { describe, expect, test } from 'vitest'
import type { Flows } from '../fixtures/browser.ts'
import { printed, run, write } from '../fixtures/steps.ts'

/** Running code in a session. */
export function sessionFlows(flows: () => Flows): void {
  describe('a session in the playground', () => {
    test('is made, remembers, counts its runs, marks stale cells, and lists its variables', async () => {
      await flows().page('/playground', async (page) => {
        await page.getByRole('button', { name: 'New session' }).click()
        await page.getByLabel('Name of the session').fill('sales of May')
        await page.keyboard.press('Enter')
        await page.waitForURL(/\/playground\/ses_/)
        await page.locator('.cm-content').waitFor()
        await run(page, 'x = 41\nnumbers = [1, 2, 3]')
        await page.getByRole('cell', { name: 'numbers' }).waitFor()
        await page.getByText('Run 1').waitFor()
        await page.getByRole('button', { name: 'Add cell' }).click()
        await page.locator('.cm-content').nth(1).waitFor()
        await write(page, 'x + 1', 1)
        await page.keyboard.press('Control+Enter')
        await page.getByText('Run 2').waitFor()
        await expect.poll(() => page.locator('pre').allInnerTexts()).toContain('42')
        await write(page, 'x = 1')
        await page.getByText('Edited since it ran').waitFor()
        await page.keyboard.press('Control+Enter')
        await page.getByText('A cell above ran later').waitFor()
        await page.getByText('Awake').waitFor()
      })
    })

    test('shows what ran in it elsewhere, and goes on below', async () => {
      const made = await flows().service.request('POST', 'sessions', { name: 'of before' })
      const { id } = (await made.json()) as { readonly id: string }
      for (const code of ['before = 41\nprint("from the record")', 'before / 0'])
        await flows().service.request('POST', `sessions/${id}/executions`, { code })
      await flows().page(`/playground/${id}`, async (page) => {
        await page.getByText('from the record', { exact: true }).waitFor()
        await page.getByText('division by zero').first().waitFor()
        await page.getByText('Run 2').waitFor()
        await page.locator('.cm-content').nth(2).waitFor()
        await write(page, 'before + 1', 2)
        await page.keyboard.press('Control+Enter')
        await page.getByText('Run 3').waitFor()
        await expect.poll(() => page.locator('pre').allInnerTexts()).toContain('42')
        await page.getByRole('button', { name: 'Run', exact: true }).first().click()
        await page.getByText('Run 4').waitFor()
        expect(await page.getByText('A cell above ran later').count()).toBe(2)
      })
    })

    test('completes names that it alone holds, with their types', async () => {
      const made = await flows().service.request('POST', 'sessions', { name: 'to complete' })
      const { id } = (await made.json()) as { readonly id: string }
      const code = 'import math\nquarterly_revenue = {"Q1": 41}\n客户数 = 3'
      await flows().service.request('POST', `sessions/${id}/executions`, { code })
      await flows().page(`/playground/${id}`, async (page) => {
        await page.getByRole('cell', { name: 'quarterly_revenue' }).waitFor()
        // Below the cell of what has run.
        await page.locator('.cm-content').nth(1).waitFor()
        const completed = async (typed: string, name: string) => {
          await write(page, '', 1)
          await page.keyboard.type(typed)
          const option = page.getByRole('option', { name })
          await option.waitFor()
          const told = await option.innerText()
          // The list takes no keys in its first moment: a key too early is for the text, and all is written anew.
          await page.waitForTimeout(100)
          await page.keyboard.press('Tab')
          return [await page.locator('.cm-content').nth(1).innerText(), told]
        }
        await expect
          .poll(() => completed('quart', 'quarterly_revenue'))
          .toEqual(['quarterly_revenue', expect.stringContaining('dict')])
        await expect.poll(() => completed('客', '客户数')).toEqual(['客户数', expect.stringContaining('int')])
        await page.keyboard.press('Control+Enter')
        await expect.poll(() => page.locator('pre').allInnerTexts()).toContain('3')
      })
      // Elsewhere nobody knows them.
      await flows().page('/playground', async (page) => {
        await page.locator('.cm-content').waitFor()
        await write(page, 'quantity = 1\n')
        await page.keyboard.type('qua')
        await page.getByRole('option', { name: 'quantity' }).waitFor()
        expect(await page.getByRole('option', { name: 'quarterly_revenue' }).count()).toBe(0)
      })
    })

    test('has secrets that its code uses and never sees', async () => {
      const made = await flows().service.request('POST', 'sessions', { name: 'with a key' })
      const { id } = (await made.json()) as { readonly id: string }
      await flows().page(`/playground/${id}`, async (page) => {
        await page.locator('.cm-content').waitFor()
        await page.getByRole('button', { name: 'New secret' }).click()
        await page.getByRole('textbox', { name: 'Variable' }).fill('API_KEY')
        await page.getByLabel('Value', { exact: true }).fill('sk-live-4f9aKx71QwErTy')
        await page.getByLabel('Hosts', { exact: true }).fill('api.example.com')
        await page.keyboard.press('Enter')
        await page.getByRole('cell', { name: 'API_KEY', exact: true }).waitFor()
        await run(page, 'import os\nprint(os.environ["API_KEY"][:9], "sk-live-4f9a" + "Kx71QwErTy")')
        expect(await printed(page)).toBe('acssecret [redacted:known-secret]')
      })
    })

    test('is rewound, which marks what that undid, and no further than it can', async () => {
      const made = await flows().service.request('POST', 'sessions', { name: 'to rewind' })
      const { id } = (await made.json()) as { readonly id: string }
      await flows().page(`/playground/${id}`, async (page) => {
        await page.locator('.cm-content').waitFor()
        await run(page, 'x = 1')
        await page.getByText('Run 1').waitFor()
        expect(await page.getByRole('button', { name: 'Rewind' }).count()).toBe(0)
        await run(page, 'x += 1')
        await page.getByText('Run 2').waitFor()
        await page.getByRole('button', { name: 'Rewind' }).click()
        const steps = page.getByLabel('Steps back (at most 1)')
        await steps.fill('2')
        await page.keyboard.press('Enter')
        // The browser holds what is too much back.
        expect(await steps.evaluate((field: HTMLInputElement) => field.validity.rangeOverflow)).toBe(true)
        await steps.fill('1')
        await page.keyboard.press('Enter')
        await page.getByText('The session went back').waitFor()
        await page.getByRole('button', { name: 'Rewind' }).waitFor({ state: 'detached' })
        await run(page, 'print(x)')
        await expect.poll(() => printed(page)).toBe('1')
        expect(await page.getByText('The session went back').count()).toBe(0)
      })
    })

    test('takes files, forks, and is deleted at the second word', async () => {
      const made = await flows().service.request('POST', 'sessions', { name: 'to fork' })
      const { id } = (await made.json()) as { readonly id: string }
      await flows().page(`/playground/${id}`, async (page) => {
        await page.locator('.cm-content').waitFor()
        await run(page, 'y = 5')
        const [chooser] = await Promise.all([
          page.waitForEvent('filechooser'),
          page.getByRole('button', { name: 'Choose' }).click(),
        ])
        await chooser.setFiles([{ name: 'a file.txt', mimeType: 'text/plain', buffer: Buffer.from('hi') }])
        await page.getByRole('link', { name: 'Download a file.txt' }).waitFor()
        await run(page, 'print(open("a file.txt").read())')
        expect(await printed(page)).toBe('hi')
        await page.getByRole('button', { name: 'Fork' }).click()
        await page.waitForURL(
          (url) => url.pathname.startsWith('/playground/ses_') && !url.pathname.endsWith(id),
        )
        await page.locator('.cm-content').waitFor()
        await run(page, 'print(y)')
        expect(await printed(page)).toBe('5')
        await page.getByRole('button', { name: 'Delete' }).click()
        await page.getByRole('button', { name: 'Delete for ever' }).click()
        await page.waitForURL(/\/playground$/)
      })
    })
  })
}

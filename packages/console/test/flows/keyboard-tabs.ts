import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import type { Flows } from '../fixtures/browser.ts'
import { press, tabTo, type } from '../fixtures/keyboard.ts'
import { ADMIN } from '../fixtures/service.ts'
import { ended, inTwoTabs, printed } from '../fixtures/steps.ts'

const FOREVER = 'import time\nfor n in range(10_000):\n    print("tick", n, flush=True)\n    time.sleep(0.05)'

/** Two tabs, a sign-in that ends, and what is dated and downloaded, without a mouse. */
export function keyboardTabFlows(flows: () => Flows): void {
  describe('by keyboard alone, in tabs and over time', () => {
    test('two tabs agree on a session and on the look', async () => {
      const made = await flows().service.request('POST', 'sessions', { name: 'typed in two tabs' })
      const { id } = (await made.json()) as { readonly id: string }
      await inTwoTabs(flows(), `/playground/${id}`, async (one, other) => {
        for (const page of [other, one]) await page.locator('.cm-content').waitFor()
        await tabTo(one, /^Python code/)
        await one.keyboard.insertText('typed_name = 1')
        await one.keyboard.press('Control+Enter')
        await other.getByRole('cell', { name: 'typed_name' }).waitFor()
        await tabTo(other, /^Python code/)
        await other.keyboard.insertText('typed_name + 1')
        await other.keyboard.press('Control+Enter')
        await ended(other, 'Success')
        await press(one, 'Administrator')
        await press(one, 'Appearance', 'd')
        await expect.poll(() => other.locator('html').getAttribute('data-theme')).toBe('dark')
      })
    })

    test('neither of two tabs saves over what the other one has written', async () => {
      const made = await flows().service.request('POST', 'tools', {
        ...{ name: `typed_in_two_${process.pid}_${Date.now()}`, kind: 'python' },
        definition: { code: 'def main(city: str) -> str:\n    return city' },
      })
      const { id } = (await made.json()) as { readonly id: string }
      await inTwoTabs(flows(), `/tools/${id}/edit`, async (one, other) => {
        for (const page of [other, one]) await page.getByLabel('Description').waitFor()
        await type(other, 'Description', 'of the other tab')
        await type(one, 'Description', 'of one tab')
        await press(one, 'Save as a new version')
        await other.getByText('Version 2 was saved meanwhile').waitFor()
        await press(other, 'Save as a new version')
        await other.getByRole('alert').filter({ hasText: 'changed meanwhile' }).waitFor()
        await press(other, /^Show the new version/)
        await expect.poll(() => other.getByLabel('Description').inputValue()).toBe('of one tab')
      })
    })

    test('a sign-in that ends in mid-run is typed anew, and the focus returns to the code', async () => {
      await flows().page(
        '/playground',
        async (page) => {
          const signIn = async () => {
            await page.keyboard.type(ADMIN.password)
            await page.keyboard.press('Enter')
          }
          const hasFocus = (name: string) =>
            page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, name)
          await type(page, 'E-mail', ADMIN.email)
          await press(page, 'Password', 'Control+A')
          await signIn()
          await page.locator('.cm-content').waitFor()
          await tabTo(page, 'Python code')
          await page.keyboard.insertText(FOREVER)
          await page.keyboard.press('Control+Enter')
          await expect.poll(() => printed(page)).toContain('tick 2')
          await page.request.post('/api/v1/auth/sign-out', { headers: { origin: flows().service.url } })
          await page.getByText('Your sign-in has ended').waitFor()
          const before = (await printed(page)).length
          // It is asked for at once: nothing is searched by Tab.
          await expect.poll(() => hasFocus('[name=password]')).toBe(true)
          await signIn()
          await page.getByText('Your sign-in has ended').waitFor({ state: 'detached' })
          await expect.poll(() => hasFocus('.cm-content')).toBe(true)
          await page.keyboard.press('Control+End')
          await page.keyboard.insertText('\n# kept')
          expect(await page.locator('.cm-content').innerText()).toMatch(/range\(10_000\).*# kept/s)
          await expect.poll(async () => (await printed(page)).length).toBeGreaterThan(before)
          await press(page, 'Stop')
          await ended(page, 'Stopped')
        },
        { isStranger: true },
      )
    })

    test('the day of the expiry of a key is chosen', async () => {
      const name = `dated-${process.pid}-${Date.now()}`
      await flows().page('/settings', async (page) => {
        await press(page, 'New API key')
        await page.getByRole('dialog').waitFor()
        await type(page, 'Name', name)
        await tabTo(page, 'Expires')
        // The same in every order of day and month.
        await page.keyboard.type('12122099')
        await press(page, 'Create')
        await page.getByText('It is shown only now').waitFor()
        await press(page, 'Done')
        const row = page.getByRole('row').filter({ hasText: name })
        await row.getByText('12 Dec 2099').waitFor()
        for (const _ of [1, 2]) await press(page, `Withdraw ${name}`)
        await row.waitFor({ state: 'detached' })
      })
    })

    test('the audit is searched and exported with all that is found, and as a whole', async () => {
      const { request } = flows().service
      const email = `exported-${process.pid}-${Date.now()}@example.com`
      const made = await request('POST', 'users', {
        ...{ email, name: 'Export', password: 'a long password', role: 'user' },
      })
      const { id } = (await made.json()) as { readonly id: string }
      // More than one page of the list and than one of the export.
      const changes = 101
      for (let n = 0; n < changes; n += 1) await request('PATCH', `users/${id}`, { name: `Export ${n}` })
      await flows().page(`/admin/audit`, async (page) => {
        await page.getByRole('button', { name: 'Verify the log' }).waitFor()
        await type(page, 'Resource', id)
        await page.getByRole('cell', { name: 'user.update' }).nth(49).waitFor()
        const lines = async (name: string) => {
          const taken = page.waitForEvent('download')
          await press(page, name)
          const download = await taken
          expect(download.suggestedFilename()).toBe('audit.jsonl')
          return (await readFile(await download.path(), 'utf8')).trimEnd().split('\n')
        }
        const found = (await lines('Export')).map(
          (line) => JSON.parse(line) as { readonly resourceId: string },
        )
        expect(found.every(({ resourceId }) => resourceId === id)).toBe(true)
        expect(found).toHaveLength(changes + 1)
        expect((await lines('Export the whole log')).length).toBeGreaterThan(found.length)
      })
    })
  })
}

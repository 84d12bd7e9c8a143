import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import type { Flows } from '../fixtures/browser.ts'
import { ADMIN } from '../fixtures/service.ts'
import { ended, inTwoTabs, printed, run, write } from '../fixtures/steps.ts'

/** Two tabs of one browser, and a sign-in that ends under them. */
export function tabFlows(flows: () => Flows): void {
  describe('a sign-in', () => {
    /** One of its own: what ends with it must not meet other flows. */
    const signedIn = async (path: string, flow: (page: Page) => Promise<void>) =>
      await flows().page(
        '/settings',
        async (page) => {
          const headers = { origin: flows().service.url }
          await page.request.post('/api/v1/auth/sign-in', { data: ADMIN, headers })
          await page.goto(path)
          await flow(page)
        },
        { isStranger: true },
      )
    const signIn = async (page: Page) => {
      await page.getByLabel('Password').fill(ADMIN.password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByText('Your sign-in has ended').waitFor({ state: 'detached' })
    }

    test('that ends in mid-run keeps the code, and the run, whose output goes on after the next one', async () => {
      await signedIn('/playground', async (page) => {
        await page.locator('.cm-content').waitFor()
        await write(
          page,
          'import time\nfor n in range(1000):\n    print("tick", n, flush=True)\n    time.sleep(0.05)',
        )
        await page.keyboard.press('Control+Enter')
        await expect.poll(() => printed(page)).toContain('tick 2')
        await page.request.post('/api/v1/auth/sign-out', { headers: { origin: flows().service.url } })
        await page.getByText('Your sign-in has ended').waitFor()
        const before = (await printed(page)).length
        await signIn(page)
        expect(await page.locator('.cm-content').innerText()).toContain('range(1000)')
        await expect.poll(async () => (await printed(page)).length).toBeGreaterThan(before)
        // Nothing of it is there twice, and nothing is missing.
        await page.getByRole('button', { name: 'Stop' }).click()
        await ended(page, 'Stopped')
        const lines = (await printed(page)).trim().split('\n')
        expect(lines).toEqual(lines.map((_, n) => `tick ${n}`))
      })
    })

    test('that ends in one tab ends in the other one, and the next one is for both', async () => {
      await signedIn('/settings', async (page) => {
        const other = await page.context().newPage()
        await other.goto('/playground')
        await other.locator('.cm-content').waitFor()
        await write(other, '"kept"')
        await page.getByRole('button', { name: 'Sign out' }).click()
        await page.getByRole('heading', { name: 'Sign in' }).waitFor()
        await other.getByText('Your sign-in has ended').waitFor()
        await page.getByLabel('E-mail').fill(ADMIN.email)
        await page.getByLabel('Password').fill(ADMIN.password)
        await page.getByRole('button', { name: 'Sign in' }).click()
        await other.getByText('Your sign-in has ended').waitFor({ state: 'detached' })
        await other.locator('.cm-content').click()
        await other.keyboard.press('Control+Enter')
        await ended(other, 'Success')
        await expect.poll(() => other.locator('pre').allInnerTexts()).toContain("'kept'")
      })
    })
  })

  describe('two tabs', () => {
    test('agree on what a session holds, on the look and the language', async () => {
      const made = await flows().service.request('POST', 'sessions', { name: 'in two tabs' })
      const { id } = (await made.json()) as { readonly id: string }
      await inTwoTabs(flows(), `/playground/${id}`, async (one, other) => {
        await other.locator('.cm-content').waitFor()
        await one.locator('.cm-content').waitFor()
        await run(one, 'shared_name = 1')
        await other.getByRole('cell', { name: 'shared_name' }).waitFor()
        await one.goto('/settings')
        await one.getByLabel('Appearance').selectOption('dark')
        await expect.poll(() => other.locator('html').getAttribute('data-theme')).toBe('dark')
        await one.getByLabel('Language').selectOption('zh')
        await other.getByRole('heading', { name: '试验场' }).waitFor()
      })
    })

    test('agree on a tool, and neither saves over what the other one has written', async () => {
      const made = await flows().service.request('POST', 'tools', {
        ...{ name: `in_two_tabs_${process.pid}_${Date.now()}`, kind: 'python' },
        definition: { code: 'def main(city: str) -> str:\n    return city' },
      })
      const { id } = (await made.json()) as { readonly id: string }
      await inTwoTabs(flows(), `/tools/${id}/edit`, async (one, other) => {
        await other.getByLabel('Description').fill('of the other tab')
        await one.getByLabel('Description').fill('of one tab')
        await one.getByRole('button', { name: 'Save as a new version' }).click()
        await one.getByText('Saved as version 2').waitFor()
        await other.getByText('Version 2 was saved meanwhile').waitFor()
        expect(await other.getByLabel('Description').inputValue()).toBe('of the other tab')
        await other.getByRole('button', { name: 'Save as a new version' }).click()
        await other.getByRole('alert').filter({ hasText: 'changed meanwhile' }).waitFor()
        await other.getByRole('button', { name: 'Show the new version' }).click()
        expect(await other.getByLabel('Description').inputValue()).toBe('of one tab')
        await one.getByRole('button', { name: 'Disable' }).click()
        await other.getByText('Disabled', { exact: true }).waitFor()
      })
    })
  })
}

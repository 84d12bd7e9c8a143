import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import type { Flows } from '../fixtures/browser.ts'
import { press, tabTo, type } from '../fixtures/keyboard.ts'
import { ADMIN } from '../fixtures/service.ts'
import { ended, printed } from '../fixtures/steps.ts'

/** Waits for something by its role. */
const there = async (page: Page, role: 'heading' | 'dialog', name?: string | RegExp) =>
  await page
    .getByRole(role, name === undefined ? {} : { name })
    .first()
    .waitFor()

/** A flow on every page in which the mouse is never touched. */
export function keyboardFlows(flows: () => Flows): void {
  describe('by keyboard alone', () => {
    test('somebody signs in, skips to the content, runs code and reads the receipt', async () => {
      await flows().page(
        '/playground',
        async (page) => {
          await there(page, 'heading', 'Sign in')
          await type(page, 'E-mail', ADMIN.email)
          await type(page, 'Password', ADMIN.password)
          await page.keyboard.press('Enter')
          await page.locator('.cm-content').waitFor()
          await press(page, 'Skip to the content')
          await tabTo(page, 'Python code')
          await page.keyboard.type('print(6 * 7)')
          await page.keyboard.press('Control+Enter')
          await ended(page, 'Success')
          expect(await printed(page)).toBe('42')
          await press(page, /^Receipt/)
          await page.getByText('Waiting for a place').waitFor()
        },
        { isStranger: true },
      )
    })

    test('a session is made, used, rewound, forked and deleted', async () => {
      await flows().page('/playground', async (page) => {
        await page.locator('.cm-content').waitFor()
        await press(page, 'New session')
        await page.getByLabel('Name of the session').waitFor()
        await page.keyboard.type('by keyboard')
        await page.keyboard.press('Enter')
        await page.waitForURL(/\/playground\/ses_/)
        const made = page.url()
        await page.locator('.cm-content').waitFor()
        await tabTo(page, /^Python code/)
        for (const count of [1, 2]) {
          await page.keyboard.press('Control+A')
          await page.keyboard.type(`x = ${count}`)
          await page.keyboard.press('Control+Enter')
          await page.getByText(`Run ${count}`, { exact: true }).waitFor()
          await ended(page, 'Success')
        }
        await page.getByRole('button', { name: 'Rewind' }).waitFor()
        await press(page, 'Rewind')
        await page.getByLabel(/^Steps back/).waitFor()
        await page.keyboard.press('Enter')
        await page.getByText('The session went back').waitFor()
        await press(page, 'Fork')
        await page.waitForURL((url) => url.href !== made && url.pathname.startsWith('/playground/ses_'))
        await page.getByRole('button', { name: 'Delete', exact: true }).waitFor()
        await press(page, 'Delete')
        await press(page, 'Delete for ever')
        await page.waitForURL(/\/playground$/)
      })
    })

    test('a tool is made, tried, changed, compared and deleted', async () => {
      const name = `typed_${Date.now()}`
      await flows().page('/tools', async (page) => {
        await there(page, 'heading', 'Tools')
        await press(page, 'New Python tool')
        await page.locator('.cm-content').waitFor()
        await type(page, 'Name', name)
        await press(page, 'Create')
        await page.waitForURL(/\/tools\/tool?_/)
        await type(page, 'city', 'Paris')
        await press(page, 'Call')
        await ended(page, 'Success')
        await page.getByText('Hello, Paris').first().waitFor()
        await press(page, 'Edit')
        await type(page, /^Description/, 'another one')
        await press(page, 'Save as a new version')
        await page.getByText('Saved as version 2').waitFor()
        await press(page, 'Versions')
        await press(page, /^Differences/)
        await page.getByText('another one').first().waitFor()
        await press(page, 'Delete')
        await type(page, /^Type typed/, name)
        await page.keyboard.press('Enter')
        await page.waitForURL(/\/tools$/)
      })
    })

    test('the activity is filtered and read, one by one and in sum', async () => {
      const { request } = flows().service
      await request('POST', 'executions', { code: '1 / 0' })
      await request('POST', 'batches', { programs: ['print("in a batch")'] })
      await flows().page('/activity', async (page) => {
        await there(page, 'heading', 'Activity')
        await press(page, 'Status', 'e')
        await expect.poll(() => page.url()).toContain('status=error')
        await page.getByRole('table').getByText('Error').first().waitFor()
        await press(page, 'Code')
        await there(page, 'heading', 'Execution')
        await page.getByText('ZeroDivisionError').first().waitFor()
        await press(page, 'Activity')
        await press(page, 'Batches')
        await press(page, '1 program')
        await page.getByText('in a batch').waitFor()
        await press(page, 'Program 1')
        await expect.poll(() => printed(page)).toBe('in a batch')
        await press(page, 'Activity')
        await press(page, 'Overview')
        await there(page, 'heading', 'Outcomes')
      })
    })

    test('the pages of the administration are walked through, and a user, a key and a model made', async () => {
      const email = `typed-${Date.now()}@example.com`
      await flows().page('/admin', async (page) => {
        await press(page, 'New user')
        await there(page, 'dialog')
        await type(page, 'E-mail', email)
        await type(page, 'Name', 'Typed')
        await type(page, 'Password', 'a password that was typed')
        await page.keyboard.press('Enter')
        await page.getByRole('dialog').waitFor({ state: 'detached' })
        await page.getByRole('cell', { name: email, exact: true }).waitFor()
        await press(page, 'API keys')
        await press(page, 'New API key')
        await type(page, 'Name', 'typed')
        await press(page, /^tools:read/, 'Space')
        await press(page, 'Create')
        await page.getByText('It is shown only now').waitFor()
        await press(page, 'Done')
        await press(page, 'Models')
        await press(page, 'New model')
        await there(page, 'dialog')
        // Escape leads back to where it came from.
        await page.keyboard.press('Escape')
        await page.getByRole('dialog').waitFor({ state: 'detached' })
        await expect
          .poll(() => page.evaluate(() => document.activeElement?.textContent))
          .toContain('New model')
        await press(page, 'Audit')
        await press(page, 'Verify the log')
        await page.getByText('The log is whole').waitFor()
        for (const name of ['Machines', 'Configuration', 'Health']) {
          await press(page, name)
          await page.waitForURL(new RegExp(`/admin/${name.toLowerCase()}$`))
        }
      })
    })

    test('the look is chosen in the settings', async () => {
      await flows().page(
        '/settings',
        async (page) => {
          await press(page, 'Appearance', 'd')
          await expect
            .poll(() => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme))
            .toBe('dark')
        },
        { isAlone: true },
      )
    })
  })
}

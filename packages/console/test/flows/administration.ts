import { describe, expect, test } from 'vitest'
import type { Flows } from '../fixtures/browser.ts'
import { ADMIN } from '../fixtures/service.ts'

let people = 0

/** What administrators see to, and what others do not see. */
export function administrationFlows(flows: () => Flows): void {
  describe('the administration', () => {
    const newEmail = () => {
      people += 1
      return `somebody-${process.pid}-${people}@example.com`
    }

    test('a user is made, gets a quota, is disabled, and deleted at the second word', async () => {
      const email = newEmail()
      await flows().page('/admin', async (page) => {
        await page.getByRole('button', { name: 'New user' }).click()
        const dialog = page.getByRole('dialog')
        await dialog.getByLabel('E-mail').fill(email)
        await dialog.getByLabel('Name').fill('Some Body')
        await dialog.getByLabel('Password').fill('a password of somebody')
        await dialog.getByRole('button', { name: 'Create' }).click()
        const edit = page.getByRole('button', { name: `Edit ${email}` })
        await edit.click()
        await dialog.getByText('Quotas').click()
        await dialog.getByLabel('Runs a minute').fill('7')
        await dialog.getByRole('button', { name: 'Save' }).click()
        await dialog.waitFor({ state: 'detached' })
        await edit.click()
        await dialog.getByText('Quotas').click()
        expect(await dialog.getByLabel('Runs a minute').inputValue()).toBe('7')
        await dialog.getByRole('button', { name: 'Disable' }).click()
        await page.getByRole('row').filter({ hasText: email }).getByText('Disabled').waitFor()
        await edit.click()
        await dialog.getByRole('button', { name: 'Delete' }).click()
        await dialog.getByRole('button', { name: 'Delete for ever' }).click()
        await edit.waitFor({ state: 'detached' })
      })
    })

    test('a dialog is left by Escape, and the focus returns', async () => {
      await flows().page('/admin', async (page) => {
        const button = page.getByRole('button', { name: 'New user' })
        await button.focus()
        await page.keyboard.press('Enter')
        await page.getByRole('dialog').waitFor()
        await page.keyboard.press('Escape')
        await page.getByRole('dialog').waitFor({ state: 'detached' })
        await expect.poll(() => button.evaluate((each) => each === document.activeElement)).toBe(true)
      })
    })

    test('a key is shown once, works within its scopes, and is withdrawn at the second word', async () => {
      const name = `key-${newEmail()}`
      await flows().page('/settings', async (page) => {
        await page.getByRole('button', { name: 'New API key' }).click()
        await page.getByLabel('Name').fill(name)
        await page.getByText('see tools').waitFor()
        await page.getByLabel('Expires').fill('2099-12-31')
        await page.getByRole('button', { name: 'Create' }).click()
        const key = await page.getByRole('dialog').locator('pre').innerText()
        const asked = async (path: string) =>
          (
            await fetch(`${flows().service.url}/api/v1/${path}`, {
              headers: { authorization: `Bearer ${key}` },
            })
          ).status
        expect(await asked('executions')).toBe(200)
        expect(await asked('tools')).toBe(403)
        await page.getByRole('button', { name: 'Done' }).click()
        expect(await page.content()).not.toContain(key)
        await page.getByRole('row').filter({ hasText: name }).getByText('31 Dec 2099').waitFor()
        const withdraw = page.getByRole('button', { name: `Withdraw ${name}` })
        await withdraw.click()
        await withdraw.click()
        await withdraw.waitFor({ state: 'detached' })
        expect(await asked('executions')).toBe(401)
      })
    })

    test('more users than the service tells at once are all there', async () => {
      const user = (n: number) => ({
        ...{ id: `usr_${n}`, name: 'Many', email: `many-${n}@example.com`, role: 'user' },
        ...{ disabled: false, quotas: null, createdAt: '2026-01-01T00:00:00.000Z' },
      })
      await flows().page('/settings', async (page) => {
        await page.route('**/api/v1/users?*', async (route) => {
          const { searchParams } = new URL(route.request().url())
          const isFirst = !searchParams.has('cursor')
          const items = isFirst ? Array.from({ length: 100 }, (_, n) => user(n)) : [user(100)]
          await route.fulfill({ json: { items, nextCursor: isFirst ? 'more' : null } })
        })
        await page.goto('/admin')
        for (const n of [0, 100]) await page.getByRole('cell', { name: user(n).email, exact: true }).waitFor()
      })
    })

    test('a model is set up, changed, disabled and deleted; its key is never told', async () => {
      const name = `m-${process.pid}-${people++}`
      await flows().page('/admin/models', async (page) => {
        await page.getByRole('button', { name: 'New model' }).click()
        const dialog = page.getByRole('dialog')
        await dialog.getByLabel('Name').fill(name)
        await dialog.getByLabel('Endpoint').fill('http://127.0.0.1:9/v1')
        await dialog.getByLabel('Model', { exact: true }).fill('some-model')
        await dialog.getByLabel('Key').fill('sk-never-told')
        await dialog.getByRole('button', { name: 'Create' }).click()
        await page.getByRole('row').filter({ hasText: name }).getByText('Stored').waitFor()
        await page.getByRole('button', { name: `Edit: ${name}` }).click()
        expect(await dialog.getByLabel('Endpoint').inputValue()).toBe('http://127.0.0.1:9/v1')
        await dialog.getByLabel('Model', { exact: true }).fill('another-model')
        await dialog.getByLabel('Most turns of a run').fill('0')
        await dialog.getByRole('button', { name: 'Save' }).click()
        expect(await dialog.count()).toBe(1)
        await dialog.getByLabel('Most turns of a run').fill('7')
        await dialog.getByLabel('Most tokens of a run').fill('900')
        await dialog.getByRole('button', { name: 'Save' }).click()
        await dialog.waitFor({ state: 'detached' })
        await page.getByRole('button', { name: `Edit: ${name}` }).click()
        await dialog.getByLabel('Most tokens of a run').fill('')
        await dialog.getByRole('button', { name: 'Save' }).click()
        await dialog.waitFor({ state: 'detached' })
        const row = page.getByRole('row').filter({ hasText: name })
        await row.getByText('another-model').waitFor()
        await row.getByText('Stored').waitFor()
        await page.getByRole('button', { name: `Edit: ${name}` }).click()
        expect(await dialog.getByLabel('Most turns of a run').inputValue()).toBe('7')
        expect(await dialog.getByLabel('Most tokens of a run').inputValue()).toBe('')
        await page.keyboard.press('Escape')
        await page.getByRole('button', { name: `Disable: ${name}` }).click()
        await page.getByRole('button', { name: `Enable: ${name}` }).waitFor()
        const remove = page.getByRole('button', { name: `Delete: ${name}` })
        await remove.click()
        await remove.click()
        await remove.waitFor({ state: 'detached' })
        expect(await page.content()).not.toContain('sk-never-told')
      })
    })

    test('the audit is searched by what stands in the address, and exported', async () => {
      await flows().page('/admin/audit', async (page) => {
        await page.getByRole('cell', { name: ADMIN.email }).first().waitFor()
        await page.getByLabel('Action').fill('user.sign-in')
        await expect.poll(() => page.getByRole('cell', { name: 'user.sign-in' }).count()).toBeGreaterThan(0)
        expect(page.url()).toContain('action=user.sign-in')
        await page
          .getByRole('button', { name: /Details/ })
          .first()
          .click()
        await page.getByText('"requestId"').waitFor()
        const [file] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('button', { name: 'Export', exact: true }).click(),
        ])
        expect(file.suggestedFilename()).toBe('audit.jsonl')
        await page.getByRole('button', { name: 'Verify the log' }).click()
        await page.getByText('The log is whole').waitFor()
        await page.getByLabel('Action').fill('no.such')
        await page.getByText('No entry is like that').waitFor()
      })
    })

    test('the settings that hold are shown with their secrets masked, and the service is ready', async () => {
      await flows().page('/admin/configuration', async (page) => {
        await page.getByLabel('Search').fill('password')
        await page.getByText('[masked]').waitFor()
        await page.getByRole('link', { name: 'Health' }).click()
        await page.getByText('Ready', { exact: true }).waitFor()
        await page.getByText('Memory of the service').waitFor()
      })
    })

    test('machines are shown as they are heard of; a service without any says that it runs everything itself', async () => {
      const machine = (id: string, running: number) => ({
        ...{ id, version: '1.2.3', slots: 4, running, epoch: 1017 },
        // The clock of the service is another one than that of this browser.
        ...{ heardAt: '2020-01-01T00:00:00.000Z', silentSeconds: 2.1 },
      })
      let answer: object = { items: [], nextCursor: null, runsItself: false }
      await flows().page('/admin/machines', async (page) => {
        await page.getByText('This service runs everything itself').waitFor()
        await page.route('**/api/v1/machines', async (route) => await route.fulfill({ json: answer }))
        await page.getByText('No machine is there').waitFor()
        answer = { ...answer, items: [machine('worker-1', 4), machine('worker-2', 1)] }
        const row = (name: string) => page.getByRole('row').filter({ hasText: name })
        await row('worker-1').getByText('4 of 4 Full').waitFor()
        await row('worker-2').getByText('2 seconds ago').waitFor()
        await page.getByText('5 of 8').waitFor()
        expect(await row('worker-2').getByText('Full').count()).toBe(0)
        answer = { ...answer, items: [machine('worker-2', 0)] }
        await row('worker-2').getByText('0 of 4').waitFor()
        expect(await row('worker-1').count()).toBe(0)
      })
    })

    test('what was odd is listed by and by, and keys with whose they are', async () => {
      const { request } = flows().service
      for (const name of ['/etc/shadow', '/proc/self/environ'])
        await request('POST', 'executions', { code: `open("${name}")` })
      await flows().page('/admin', async (page) => {
        await page.route('**/api/v1/anomalies?*', async (route) => {
          await route.continue({
            url: route
              .request()
              .url()
              .replace(/limit=\d+/, 'limit=1'),
          })
        })
        await page.getByRole('link', { name: 'Anomalies' }).click()
        await page.getByLabel('State').selectOption('')
        const rows = page.getByRole('main').locator('tbody tr')
        await expect.poll(() => rows.count()).toBe(1)
        await page.getByRole('button', { name: 'Show more' }).click()
        await expect.poll(() => rows.count()).toBe(2)
        await page.getByRole('link', { name: 'API keys' }).click()
        await page.getByRole('row').filter({ hasText: 'tests' }).getByText(ADMIN.email).first().waitFor()
      })
    })

    test('others do not see the administration', async () => {
      const email = newEmail()
      const password = 'a password of somebody'
      await flows().service.request('POST', 'users', { email, name: 'Nobody', password, role: 'user' })
      await flows().page(
        '/',
        async (page) => {
          await page.getByLabel('E-mail').fill(email)
          await page.getByLabel('Password').fill(password)
          await page.getByRole('button', { name: 'Sign in' }).click()
          await page.locator('.cm-content').waitFor()
          expect(await page.getByRole('link', { name: 'Administration' }).count()).toBe(0)
          await page.goto('/admin/users')
          await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
          await page.goto('/agent')
          await page.getByRole('heading', { name: 'Agent' }).waitFor()
          await page.goto('/settings')
          await page.getByText('Runs a minute').waitFor()
        },
        { isStranger: true },
      )
    })
  })
}

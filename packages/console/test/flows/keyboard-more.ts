import { describe, expect, test } from 'vitest'
import type { Flows } from '../fixtures/browser.ts'
import { press, tabTo, type } from '../fixtures/keyboard.ts'
import { ended, printed } from '../fixtures/steps.ts'

const DOCUMENT = JSON.stringify({
  ...{ openapi: '3.1.0', info: { title: 'Weather', version: '1' }, servers: [{ url: 'http://127.0.0.1:9' }] },
  paths: { '/now': { get: { operationId: 'now', responses: { 200: { description: 'ok' } } } } },
})

/** What else is done without a mouse. */
export function moreKeyboardFlows(flows: () => Flows): void {
  describe('by keyboard alone, too', () => {
    const named = (what: string) => `${what}_${process.pid}_${Date.now()}`

    test('files are chosen, a host is granted, a run is stopped, and a file of it taken', async () => {
      await flows().page('/playground', async (page) => {
        await page.locator('.cm-content').waitFor()
        const choosing = page.waitForEvent('filechooser')
        await press(page, 'Choose')
        await (await choosing).setFiles([
          { name: 'in.txt', mimeType: 'text/plain', buffer: Buffer.from('given') },
        ])
        await page.getByRole('button', { name: 'Remove in.txt' }).waitFor()
        await press(page, '127.0.0.1', 'Space')
        await page.getByText('May send data out').waitFor()
        await tabTo(page, 'Python code')
        await page.keyboard.insertText(
          'open("out.txt", "w").write(open("in.txt").read())\nprint("begun", flush=True)\nwhile True: pass',
        )
        await page.keyboard.press('Control+Enter')
        await expect.poll(() => printed(page)).toBe('begun')
        await press(page, 'Stop')
        await ended(page, 'Stopped')
        await press(page, /^Receipt/)
        await page.getByText('net: 127.0.0.1').waitFor()
        await tabTo(page, 'Python code')
        await page.keyboard.press('Control+A')
        await page.keyboard.insertText('_ = open("out.txt", "w").write(open("in.txt").read())')
        await page.keyboard.press('Control+Enter')
        await ended(page, 'Success')
        const taken = page.waitForEvent('download')
        await press(page, 'Download out.txt')
        expect((await taken).suggestedFilename()).toBe('out.txt')
        // The next flow is granted nothing.
        await press(page, /^127.0.0.1/, 'Space')
        await press(page, 'Remove in.txt')
      })
    })

    test('two executions are compared, and what was odd is dismissed', async () => {
      const { request } = flows().service
      for (const code of ['print("one")', 'x = "http://169.254.169.254/latest"'])
        await request('POST', 'executions', { code })
      await flows().page('/activity', async (page) => {
        await page.getByRole('checkbox').nth(1).waitFor()
        for (const _ of [1, 2]) await press(page, /^Choose exe_/, 'Space')
        await press(page, 'Compare two')
        await page.getByRole('heading', { name: 'Two executions' }).waitFor()
        await press(page, 'Administration')
        await press(page, 'Anomalies')
        const open = page.getByRole('button', { name: 'Acknowledge' })
        await open.first().waitFor()
        const before = await open.count()
        await press(page, 'Acknowledge')
        await expect.poll(() => open.count()).toBeLessThan(before)
      })
    })

    test('a batch is stopped and deleted, the overview filtered, and a user changed', async () => {
      const { request } = flows().service
      const begun = await request(
        ...(['POST', 'batches', { programs: ['while True: pass'] }, { prefer: 'respond-async' }] as const),
      )
      const { id } = (await begun.json()) as { readonly id: string }
      const email = `${named('changed')}@example.com`
      await request('POST', 'users', { email, name: 'Before', password: 'a long password', role: 'user' })
      await flows().page(`/activity/batches/${id}`, async (page) => {
        await press(page, 'Stop')
        await ended(page, 'Stopped')
        await press(page, 'Delete')
        await press(page, 'Delete for ever')
        await page.waitForURL(/\/activity\/batches$/)
        await press(page, 'Overview')
        await page.getByLabel('Since').waitFor()
        await press(page, 'Since', 'ArrowDown')
        await expect.poll(() => page.url()).toContain('span=week')
        await press(page, 'Administration')
        await page.getByRole('button', { name: `Edit ${email}` }).waitFor()
        await press(page, `Edit ${email}`)
        await page.getByRole('dialog').waitFor()
        await type(page, 'Name', 'After')
        await press(page, 'Save')
        await page.getByRole('dialog').waitFor({ state: 'detached' })
        await page.getByRole('row').filter({ hasText: email }).getByText('After').waitFor()
      })
    })

    test('a service is made a tool of, a secret is kept, and a version rolled back to', async () => {
      const made = await flows().service.request('POST', 'tools', {
        ...{ name: named('rolled'), kind: 'python' },
        definition: { code: 'def main(city: str) -> str:\n    return city' },
      })
      const { id } = (await made.json()) as { readonly id: string }
      await flows().service.request('PATCH', `tools/${id}`, { description: 'changed' }, { 'if-match': '"1"' })
      await flows().page(`/tools/${id}`, async (page) => {
        await page.getByLabel('city').waitFor()
        await press(page, 'Secrets')
        await press(page, 'New secret')
        await page.getByRole('dialog').waitFor()
        await type(page, 'Variable', 'API_KEY')
        await type(page, /^Value/, 'sk-live-3kWq8ZnT5vBy')
        await type(page, /^Hosts/, 'api.example.com')
        await page.keyboard.press('Enter')
        await page.getByRole('cell', { name: 'API_KEY', exact: true }).waitFor()
        await press(page, 'Versions')
        await press(page, /^Roll back/)
        await page.getByText('Version 3').first().waitFor()
        await press(page, 'Tools')
        await press(page, 'New OpenAPI tool')
        await page.locator('.cm-content').waitFor()
        await type(page, /^Name$/, named('typed'))
        await tabTo(page, 'OpenAPI document')
        await page.keyboard.insertText(DOCUMENT)
        await press(page, 'Check and preview')
        await page.getByRole('status').filter({ hasText: '1 operation' }).waitFor()
        await press(page, 'Create')
        await page.getByText('It takes no arguments.').waitFor()
      })
    })
  })
}

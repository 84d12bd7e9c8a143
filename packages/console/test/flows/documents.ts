import { describe, expect, test } from 'vitest'
import type { Flows } from '../fixtures/browser.ts'
import { drop } from '../fixtures/files.ts'

const WEATHER = `openapi: 3.1.0
info: {title: Weather, version: "1"}
servers: [{url: "http://127.0.0.1:9"}]
paths:
  /now:
    get:
      operationId: now
      responses: {200: {description: ok}}
`

/** A file as somebody chooses it. */
const file = (name: string, text: string) => ({
  ...{ name, mimeType: 'application/octet-stream' },
  buffer: Buffer.from(text),
})

/** The document of a service, as a file. */
export function documentFlows(flows: () => Flows): void {
  describe('a document that is uploaded', () => {
    const open = async (flow: Parameters<Flows['page']>[1]) =>
      await flows().page('/tools/new/openapi', async (page) => {
        await page.locator('.cm-content').waitFor()
        await flow(page)
      })

    test('is chosen, checked at once, and what is wrong with it is marked at its line', async () => {
      await open(async (page) => {
        const choose = async (name: string, text: string) => {
          const [chooser] = await Promise.all([
            page.waitForEvent('filechooser'),
            page.getByRole('button', { name: 'Upload a document' }).click(),
          ])
          expect(chooser.isMultiple()).toBe(false)
          await chooser.setFiles([file(name, text)])
        }
        await choose('weather.yaml', WEATHER)
        await page.getByRole('status').filter({ hasText: '1 operation' }).waitFor()
        await page.getByText('/now', { exact: true }).waitFor()
        expect(await page.locator('.cm-error-line').count()).toBe(0)

        await choose('bad.yaml', WEATHER.replace('openapi: 3.1.0', 'openapi: 1.0'))
        const marked = page.locator('.cm-error-line')
        await marked.filter({ hasText: 'openapi: 1.0' }).waitFor()
        expect(await marked.count()).toBe(1)
        await page.getByRole('alert').filter({ hasText: 'Line 1' }).waitFor()
        expect(await page.getByRole('status').filter({ hasText: 'operation' }).count()).toBe(0)

        // The same file again, which has been mended.
        await choose('bad.yaml', WEATHER)
        await page.getByRole('status').filter({ hasText: '1 operation' }).waitFor()
        await choose('broken.json', '{\n  "openapi": "3.1.0",\n  "info": [\n}')
        await marked.filter({ hasText: '}' }).first().waitFor()
        // The first change takes the mark away.
        await page.locator('.cm-content').click()
        await page.keyboard.press('Control+End')
        await page.keyboard.type(' ')
        await marked.first().waitFor({ state: 'detached' })
      })
    })

    test('is dropped on its place, and is no document at all or too large', async () => {
      await open(async (page) => {
        const dropped = async (name: string, text: string) =>
          await drop(page.getByText('Drop a document here'), { name, text })
        // As Windows ends its lines.
        await dropped('weather.yaml', WEATHER.replaceAll('\n', '\r\n'))
        await page.getByRole('status').filter({ hasText: '1 operation' }).waitFor()
        await dropped('picture.png', '\u{89}PNG\r\n\u0000\u0001<script>alert(1)</script>')
        // There is no line that would be the wrong one.
        await page.getByRole('alert').filter({ hasText: 'is no object' }).waitFor()
        expect(await page.locator('.cm-error-line').count()).toBe(0)
        await dropped('large.json', JSON.stringify({ large: 'x'.repeat(2 ** 20) }))
        await page.getByRole('alert').filter({ hasText: 'larger than' }).waitFor()
        // What was there before is there still.
        expect(await page.locator('.cm-content').innerText()).toContain('PNG')
      })
    })
  })
}

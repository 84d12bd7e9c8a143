import { createSocket } from 'node:dgram'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Flows } from '../fixtures/browser.ts'
import { run } from '../fixtures/steps.ts'
import { documents, pictures, rtcDocument, texts } from './hostile-cases.ts'

/** What untrusted code may print, show, and call its files: nothing of it runs in the page, and nothing leaves a frame. */
export function hostileFlows(flows: () => Flows): void {
  describe('hostile output', () => {
    const heard: string[] = []
    const server = createServer((request, response) => {
      heard.push(request.url ?? '')
      response.setHeader('access-control-allow-origin', '*')
      response.end()
    })
    const datagrams = createSocket('udp4')
    let canary = ''
    beforeAll(async () => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      await new Promise<void>((resolve) => datagrams.bind(0, '127.0.0.1', resolve))
      datagrams.on('message', () => heard.push('a datagram'))
      canary = `127.0.0.1:${(server.address() as AddressInfo).port}/${datagrams.address().port}`
    })
    afterAll(() => {
      server.close()
      datagrams.close()
    })

    /** Has Python show each of these, and looks whether the page is still what it was. */
    const shown = async (values: readonly string[], ...codes: readonly string[]) => {
      heard.length = 0
      await flows().page(
        '/playground',
        async (page) => {
          await page.locator('.cm-content').waitFor()
          const before = await page.title()
          const given = `import json\nvalues = json.loads(${JSON.stringify(JSON.stringify(values))})\n`
          for (const code of codes)
            await run(page, given + code, code.includes('raise') ? 'Error' : 'Success')
          // Frames are loaded, their scripts have run, and what they try has had its time.
          for (const frame of page.frames()) await frame.waitForLoadState().catch(() => {})
          await page.waitForTimeout(400)
          expect(new URL(page.url()).pathname).toBe('/playground')
          expect(await page.title()).toBe(before)
          expect(await page.evaluate(() => Reflect.get(window, 'hacked'))).toBeUndefined()
          expect(
            await page.locator('main script, main object, main embed, main base, main form[action]').count(),
          ).toBe(0)
          expect(page.context().pages()).toContain(page)
          await page.getByRole('button', { name: 'Run' }).waitFor()
        },
        // A frame that goes somewhere else is refused by the policy of the page, which tells it.
        { isAlone: true, expected: /frame|framing|sandboxed/i },
      )
      expect(heard).toEqual([])
    }

    test('text stays text, whatever is printed, given or raised', async () => {
      const raised = [
        'class Evil(Exception): pass',
        'Evil.__name__ = Evil.__qualname__ = values[0]',
        'raise Evil("".join(values))',
      ]
      await shown(texts(canary), 'for value in values: print(value)', raised.join('\n'), 'values')
    })

    test('names of files stay names', async () => {
      const names = texts(canary).map((text) => text.replace(/[/\0]/g, '_').slice(0, 60))
      const code = 'for value in values:\n    try: open(value, "w").write("x")\n    except OSError: pass'
      await shown(names, code)
    })

    test('documents run in their frames, and neither reach anything nor leave them', async () => {
      const code = 'from IPython.display import HTML, display\nfor value in values: display(HTML(value))'
      await shown(documents(canary), code)
    })

    test('WebRTC is held by the headers of a frame, also where no script comes first', async () => {
      const { request, url } = flows().service
      const code = 'from IPython.display import HTML, display\ndisplay(HTML("<p>framed</p>"))'
      const { id } = (await (await request('POST', 'executions', { code })).json()) as { readonly id: string }
      const made = await request('POST', `executions/${id}/displays/0/frame`)
      const framed = await fetch(`${url}${((await made.json()) as { readonly url: string }).url}`)
      expect(framed.headers.get('connection-allowlist')).toBe('()')
      const { 'connection-allowlist': held, ...others } = Object.fromEntries(
        [...framed.headers].filter(([name]) => /policy|allowlist|frame|type/.test(name)),
      )
      const control = createSocket('udp4')
      await new Promise<void>((resolve) => control.bind(0, '127.0.0.1', resolve))
      const came = new Promise((resolve) => control.once('message', resolve))
      const bare = createServer((incoming, response) => {
        const isHeld = incoming.url === '/held'
        const port = isHeld ? datagrams.address().port : control.address().port
        response.writeHead(200, { ...others, ...(isHeld ? { 'connection-allowlist': held } : {}) })
        response.end(rtcDocument(String(port)))
      })
      await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve))
      const at = `http://127.0.0.1:${(bare.address() as AddressInfo).port}`
      heard.length = 0
      await flows().page(`${at}/held`, async (page) => {
        await page.getByText('offered').waitFor()
        // The same document without the header does send, after the one with it.
        await flows().page(`${at}/bare`, async () => void (await came))
      })
      expect(heard).toEqual([])
      control.close()
      bare.close()
    })

    test('the address of a frame is good for one reading', async () => {
      const { request, url } = flows().service
      const code = 'from IPython.display import HTML, display\ndisplay(HTML("<p>framed</p>"))'
      const { id } = (await (await request('POST', 'executions', { code })).json()) as { readonly id: string }
      const made = await request('POST', `executions/${id}/displays/0/frame`)
      const address = `${url}${((await made.json()) as { readonly url: string }).url}`
      const [one, other] = [await fetch(address), await fetch(address)]
      expect([one.status, other.status]).toEqual([200, 404])
      expect(await one.text()).toContain('framed')
      expect(await other.text()).not.toContain('framed')
    })

    test('pictures are pictures, and what is none is told', async () => {
      const code = [
        'from IPython.display import SVG, display',
        'for value in values: display(SVG(value))',
        'for mime in ["image/png", "application/javascript", "text/html;x", "application/x-evil", "text/markdown"]:',
        '    for value in values[:3]: display({mime: value}, raw=True)',
      ]
      await shown(pictures(canary), code.join('\n'))
    })

    test('60 cases and more were tried', () => {
      expect(texts('').length + documents('').length + pictures('').length).toBeGreaterThanOrEqual(60)
    })
  })
}

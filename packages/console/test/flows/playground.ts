import { describe, expect, test } from 'vitest'
import type { Flows } from '../fixtures/browser.ts'
import { ended, printed, run, write } from '../fixtures/steps.ts'

/** Running code, without a session. */
export function playgroundFlows(flows: () => Flows): void {
  describe('the playground', () => {
    const open = (flow: Parameters<Flows['page']>[1], options?: Parameters<Flows['page']>[2]) =>
      flows().page(
        '/playground',
        async (page) => {
          await page.locator('.cm-content').waitFor()
          await flow(page)
        },
        options,
      )

    test('the three examples show a drawing, a file and a refusal; a missing package says who can add it', async () => {
      await open(async (page) => {
        await page.getByRole('button', { name: 'A drawing' }).click()
        await page.getByRole('button', { name: 'Run' }).click()
        await ended(page, 'Success')
        await expect
          .poll(() => page.locator('figure img').evaluate((img: HTMLImageElement) => img.naturalWidth))
          .toBe(600)
      })
      await open(async (page) => {
        await page.getByRole('button', { name: 'Files to download' }).click()
        await page.getByRole('button', { name: 'Run' }).click()
        await ended(page, 'Success')
        await page.getByRole('heading', { name: 'Value' }).waitFor()
        const [file] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('link', { name: 'Download sales.csv' }).click(),
        ])
        expect(file.suggestedFilename()).toBe('sales.csv')
      })
      await open(async (page) => {
        await page.getByRole('button', { name: 'A refused network call' }).click()
        await page.getByRole('button', { name: 'Run' }).click()
        await ended(page, 'Error')
        await page.getByText('1 refusal').waitFor()
        await page.getByText('example.com:443', { exact: true }).waitFor()
        expect(await page.locator('.cm-error-line').innerText()).toContain('/etc/passwd')
        expect(await page.locator('.cm-error-hint').innerText()).toContain(
          'files of the host are seen only when',
        )
      })
      await open(async (page) => {
        await write(page, 'import pandas')
        await page.getByRole('button', { name: 'Run' }).click()
        await ended(page, 'Error')
        await page.getByText('This service has the standard library alone.').waitFor()
      })
    })

    test('output comes while the code runs, with time and memory, and stop stops', async () => {
      await open(async (page) => {
        await write(
          page,
          'import time\nfor n in range(1000):\n    print("tick", n, flush=True)\n    time.sleep(0.05)',
        )
        await page.keyboard.press('Control+Enter')
        await expect.poll(() => printed(page)).toContain('tick 2')
        await page.getByText(/MB/).first().waitFor()
        await page.getByRole('button', { name: 'Stop' }).click()
        await ended(page, 'Stopped')
        expect(await printed(page)).toContain('tick 2')
        await page.getByRole('button', { name: 'Run' }).waitFor()
      })
    })

    test('Ctrl-Enter runs nothing while an input method composes', async () => {
      await open(async (page) => {
        const sent: string[] = []
        page.on('request', (request) => {
          if (request.method() === 'POST' && request.url().endsWith('/executions'))
            sent.push(request.postData() ?? '')
        })
        await write(page, 'word = ""\nprint("ran", word)')
        await page.keyboard.press('Control+Home')
        for (let letters = 0; letters < 8; letters += 1) await page.keyboard.press('ArrowRight')
        const session = await page.context().newCDPSession(page)
        await session.send('Input.imeSetComposition', { text: 'ni', selectionStart: 2, selectionEnd: 2 })
        await page.keyboard.press('Control+Enter')
        await page.keyboard.press('Meta+Enter')
        // What was composed is in the text, and the next Ctrl-Enter is the first that runs it.
        await session.send('Input.insertText', { text: '你好' })
        await page.keyboard.press('Control+Enter')
        await ended(page, 'Success')
        expect(await printed(page)).toBe('ran 你好')
        expect(sent).toHaveLength(1)
      })
    })

    test('what is typed over a selection takes its place', async () => {
      await open(async (page) => {
        await write(page, 'def before(): pass')
        await page.keyboard.press('ControlOrMeta+A')
        await page.keyboard.type('1 + 1')
        await page.keyboard.press('Control+Enter')
        await ended(page, 'Success')
        expect(await page.locator('.cm-content').innerText()).toBe('1 + 1')
      })
    })

    test('names of Python and of the code are completed', async () => {
      await open(async (page) => {
        // The list takes no keys in its first moment, so that nothing is chosen by accident: a key too early is for the text,
        // and all is written anew.
        await expect
          .poll(async () => {
            await write(page, 'customers = 3\n')
            await page.keyboard.type('cust')
            await page.getByRole('option', { name: 'customers' }).waitFor()
            await page.waitForTimeout(100)
            await page.keyboard.press('Tab')
            return await page.locator('.cm-content').innerText()
          })
          .toContain('\ncustomers')
      })
    })

    test('input() asks in the page, by keyboard alone', async () => {
      await open(async (page) => {
        await write(page, 'name = input("Who? ")\nprint("Hello,", name)\nprint(input() == "")')
        await page.keyboard.press('Control+Enter')
        await page.getByLabel('Who?').waitFor()
        await page.keyboard.type('Ada')
        await page.keyboard.press('Enter')
        await page.getByLabel('Python waits for a line').waitFor()
        await page.keyboard.press('Enter')
        await ended(page, 'Success')
        expect(await printed(page)).toContain('Hello, Ada')
        expect(await printed(page)).toContain('True')
      })
    })

    test('the end of the input is an end for Python', async () => {
      await open(async (page) => {
        await write(page, 'import sys\nprint(repr(sys.stdin.read()))')
        await page.keyboard.press('Control+Enter')
        await page.getByRole('button', { name: 'End of input' }).click()
        await ended(page, 'Success')
        expect(await printed(page)).toBe("''")
      })
    })

    test('files that are chosen are there for the code', async () => {
      await open(async (page) => {
        const [chooser] = await Promise.all([
          page.waitForEvent('filechooser'),
          page.getByRole('button', { name: 'Choose' }).click(),
        ])
        await chooser.setFiles([
          { name: 'days.txt', mimeType: 'text/plain', buffer: Buffer.from('mon\ntue\n') },
        ])
        await page.getByRole('button', { name: 'Remove days.txt' }).waitFor()
        await run(page, 'print(open("days.txt").read().split())')
        expect(await printed(page)).toBe("['mon', 'tue']")
      })
    })

    test('a grant is marked as dangerous, is in the receipt, and what is asked too much is refused in words', async () => {
      await open(async (page) => {
        await page.getByLabel('127.0.0.1').check()
        await page.getByText('May send data out').waitFor()
        await run(page, '1')
        await page.getByText('Receipt', { exact: true }).click()
        await page.getByText('net: 127.0.0.1').waitFor()
        await page.getByText('bubblewrap').waitFor()
        const [proof] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('button', { name: 'Download the audit proof' }).click(),
        ])
        expect(proof.suggestedFilename()).toMatch(/^exe_\w+\.proof$/)
        await page.getByLabel('Seconds').fill('100000')
        await run(page, '2', 'Refused')
        await page.getByRole('alert').filter({ hasText: 'timeoutSeconds' }).waitFor()
        await page.getByLabel('Seconds').fill('1')
        await run(page, 'while True: pass', 'Error')
        await page.getByText('TimeoutError', { exact: true }).waitFor()
      })
    })

    test('the text of the editor and the output stay while other pages are looked at', async () => {
      await open(async (page) => {
        await run(page, 'print("kept")')
        await page.getByRole('link', { name: 'Administrator' }).click()
        await page.getByRole('heading', { name: 'Settings' }).waitFor()
        await page.goBack()
        await expect.poll(() => printed(page)).toContain('kept')
      })
    })

    test('a stream that is lost is taken up again where it was', async () => {
      await open(async (page) => {
        // The first answer is cut off after its first event, as a proxy does it that is started anew.
        let isCut = false
        await page.route('**/api/v1/executions', async (route) => {
          if (isCut) return await route.continue()
          isCut = true
          const answer = await route.fetch({
            headers: { ...route.request().headers(), prefer: 'respond-async', accept: 'application/json' },
          })
          await route.fulfill({
            status: 200,
            headers: { 'content-type': 'text/event-stream', location: answer.headers().location ?? '' },
            body: 'id: 1\nevent: started\ndata: {"type":"started"}\n\n',
          })
        })
        await run(
          page,
          'import time\nfor n in range(3):\n    print("part", n, flush=True)\n    time.sleep(0.2)',
        )
        expect((await printed(page)).match(/part/g)?.length).toBe(3)
      })
    })
  })
}

import { describe, expect, test } from 'vitest'
import type { Flows } from '../fixtures/browser.ts'
import { drop } from '../fixtures/files.ts'
import { ended, printed, run, write } from '../fixtures/steps.ts'

/** What the editor shows and takes, and what ticks while code runs. */
export function editorFlows(flows: () => Flows): void {
  describe('the editor', () => {
    const open = (flow: Parameters<Flows['page']>[1], options?: Parameters<Flows['page']>[2]) =>
      flows().page(
        '/playground',
        async (page) => {
          await page.locator('.cm-content').waitFor()
          await flow(page)
        },
        options,
      )

    test('shows Python in colours, in both looks', async () => {
      const code = 'def area(r):  # of a circle\n    return "about", 3.14 * r, None'
      const kinds = ['tok-keyword', 'tok-comment', 'tok-string', 'tok-number', 'tok-variableName']
      for (const colorScheme of ['light', 'dark'] as const)
        await open(
          async (page) => {
            await write(page, code)
            const colours = async () =>
              await Promise.all(
                kinds.map((kind) =>
                  page
                    .locator(`.cm-content .${kind}`)
                    .first()
                    .evaluate((each) => getComputedStyle(each).color),
                ),
              )
            expect(await page.locator('.tok-keyword').allInnerTexts()).toEqual(['def', 'return', 'None'])
            expect(await page.locator('.tok-comment').innerText()).toBe('# of a circle')
            expect(new Set(await colours()).size).toBe(kinds.length)
          },
          { colorScheme },
        )
    })

    test('is run by Cmd-Enter where there is such a key', async () => {
      await open(
        async (page) => {
          await page.addInitScript(() => Object.defineProperty(navigator, 'platform', { value: 'MacIntel' }))
          await page.reload()
          await page.locator('.cm-content').click()
          await page.keyboard.insertText('print(6 * 7)')
          await page.getByText('⌘ ↵').waitFor()
          await page.keyboard.press('Meta+Enter')
          await ended(page, 'Success')
          expect(await printed(page)).toBe('42')
          expect(await page.locator('.cm-line').count()).toBe(1)
        },
        { isAlone: true },
      )
    })

    test('is followed by the time and the memory, which tick while the code runs', async () => {
      await open(async (page) => {
        await write(
          page,
          'import time\nkept = []\nfor n in range(1000):\n    kept.append(bytes(200_000))\n    time.sleep(0.05)',
        )
        await page.keyboard.press('Control+Enter')
        const figures = page.locator('p:has([role=status]) [class*=figure]')
        const [time, memory] = [figures.nth(0), figures.filter({ hasText: /MB/ })]
        await memory.waitFor()
        const [first, small] = [await time.innerText(), await memory.innerText()]
        await expect.poll(() => time.innerText()).not.toBe(first)
        await expect.poll(() => memory.innerText()).not.toBe(small)
        await page.getByRole('button', { name: 'Stop' }).click()
        await ended(page, 'Stopped')
      })
    })

    test('is followed by tables, which stand inline', async () => {
      await open(async (page) => {
        const rows = '<tr><th>city</th></tr><tr><td>Rome</td></tr>'
        await run(
          page,
          `class Table:\n    def _repr_html_(self):\n        return "<table>${rows}</table>"\nTable()`,
        )
        const frame = page.frameLocator('iframe')
        await frame.getByRole('columnheader', { name: 'city' }).waitFor()
        await frame.getByRole('cell', { name: 'Rome' }).waitFor()
      })
    })

    test('has beside it the files that are dropped, until they are removed', async () => {
      await open(async (page) => {
        const place = page.getByText('Drop files here')
        await drop(place, { name: 'days.txt', text: 'mon' })
        await page.getByRole('button', { name: 'Remove days.txt' }).waitFor()
        await drop(place, { name: 'days.txt', text: 'mon tue' })
        await drop(place, { name: '周.txt', text: '一' })
        await page.getByRole('button', { name: 'Remove 周.txt' }).waitFor()
        await run(page, 'print(open("days.txt").read(), open("周.txt").read())')
        expect(await printed(page)).toBe('mon tue 一')
        for (const name of ['days.txt', '周.txt'])
          await page.getByRole('button', { name: `Remove ${name}` }).click()
        await run(page, 'import os\nprint(os.listdir())')
        expect(await printed(page)).toBe('[]')
      })
    })
  })
}

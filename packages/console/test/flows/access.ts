import { describe, expect, test } from 'vitest'
import { violations } from '../fixtures/axe.ts'
import type { Flows } from '../fixtures/browser.ts'
import { detailPages } from '../fixtures/details.ts'
import { PAGES, visit } from '../fixtures/pages.ts'
import { run } from '../fixtures/steps.ts'

const WINDOWS = [
  // A telephone, and what a window of 1280 shows when everything is twice as large.
  { width: 360, height: 740 },
  { width: 640, height: 450 },
]

/** Whether everybody can use it: axe in both looks and languages, narrow windows, large letters. */
export function accessFlows(flows: () => Flows): void {
  describe.each([
    ['light', 'en-GB', 'Error'],
    ['dark', 'en-GB', 'Error'],
    ['light', 'zh-CN', '出错'],
    ['dark', 'zh-CN', '出错'],
  ] as const)('for everybody, %s, %s', (colorScheme, locale, outcome) => {
    test('axe finds nothing serious on any page, and no page is wider than its window', async () => {
      await flows().page(
        '/playground',
        async (page) => {
          await page.locator('.cm-content').waitFor()
          const code = 'import sys\nprint("\\x1b[33mhi\\x1b[0m")\nprint("no", file=sys.stderr)\nopen("/none")'
          await run(page, code, outcome)
          expect(await violations(page), 'after a run').toEqual([])
          for (const path of [...PAGES, ...(await detailPages(flows().service))]) {
            await visit(page, path)
            expect(await violations(page), path).toEqual([])
            for (const size of WINDOWS) {
              await page.setViewportSize(size)
              const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
              expect(wider, `${path} at ${size.width}`).toBeLessThanOrEqual(0)
            }
            await page.setViewportSize({ width: 1280, height: 900 })
          }
        },
        { colorScheme, locale },
      )
    })
  })

  test('axe finds nothing serious where somebody signs in, in a dialog, and in forced colours', async () => {
    await flows().page(
      '/',
      async (page) => {
        await page.getByRole('heading', { name: 'Sign in' }).waitFor()
        expect(await violations(page)).toEqual([])
      },
      { isStranger: true },
    )
    await flows().page(
      '/admin/keys',
      async (page) => {
        await page.getByRole('button', { name: 'New API key' }).click()
        await page.getByRole('dialog').waitFor()
        expect(await violations(page)).toEqual([])
      },
      { forcedColors: 'active' },
    )
  })
}

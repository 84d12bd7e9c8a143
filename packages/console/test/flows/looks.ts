import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import type { Flows } from '../fixtures/browser.ts'
import { tabTo } from '../fixtures/keyboard.ts'
import { PAGES, unreachable, visit } from '../fixtures/pages.ts'
import { printed, run } from '../fixtures/steps.ts'

/** A window of 1280 by 900 points in which everything is twice as large. */
const TWICE = { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 }

/** The headings, links, buttons and labels of a page that are to be seen. */
async function seen(page: Page): Promise<string[]> {
  return await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>(':is(main, nav) :is(h1, h2, h3, a, button, label, legend)')]
      .filter((each) => each.checkVisibility() && each.innerText.trim() !== '')
      .map((each) => each.innerText.trim().replace(/\s+/g, ' ')),
  )
}

/** Large letters, no movement, and colours of somebody's own. */
export function looksFlows(flows: () => Flows): void {
  describe('at 200 %', () => {
    test('no page loses anything or scrolls sideways, and everything can be reached', async () => {
      const whole = new Map<string, readonly string[]>()
      await flows().service.request('POST', 'executions', { code: '1' })
      await flows().page('/playground', async (page) => {
        await page.locator('.cm-content').waitFor()
        for (const path of PAGES) {
          await visit(page, path)
          whole.set(path, await seen(page))
        }
      })
      await flows().page(
        '/playground',
        async (page) => {
          await page.locator('.cm-content').waitFor()
          for (const path of PAGES) {
            await visit(page, path)
            // Times and figures change meanwhile.
            const lost = async () => {
              const now = new Set(await seen(page))
              return (whole.get(path) ?? []).filter((text) => !now.has(text) && !/\d/.test(text))
            }
            await expect.poll(lost, { message: `lost on ${path}` }).toEqual([])
            expect(await unreachable(page), path).toEqual([])
            expect(
              await page.evaluate(() => {
                scrollTo(10_000, 0)
                return scrollX
              }),
              `${path} scrolls sideways`,
            ).toBe(0)
          }
        },
        TWICE,
      )
    })

    test('code is run, its output read, and a dialog filled in', async () => {
      await flows().page(
        '/playground',
        async (page) => {
          await page.locator('.cm-content').waitFor()
          await run(page, 'print("wide " * 200)\nopen("/etc/passwd")', 'Error')
          expect(await printed(page)).toContain('wide wide')
          await page.getByText('Receipt', { exact: true }).scrollIntoViewIfNeeded()
          expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
          await visit(page, '/admin')
          await page.getByRole('button', { name: 'New user' }).click()
          const dialog = page.getByRole('dialog')
          await dialog.getByLabel('Password').fill('x')
          // The dialog scrolls where it is higher than the window.
          const create = dialog.getByRole('button', { name: 'Create' })
          await create.scrollIntoViewIfNeeded()
          const box = await create.boundingBox()
          expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(450)
          await dialog.getByRole('button', { name: 'Cancel' }).click()
          await dialog.waitFor({ state: 'detached' })
        },
        TWICE,
      )
    })

    test('letters follow the size that somebody chose in the browser', async () => {
      await flows().page(
        '/settings',
        async (page) => {
          const size = () => page.getByLabel('Language').evaluate((field) => getComputedStyle(field).fontSize)
          await page.getByLabel('Language').waitFor()
          expect(await size()).toBe('15px')
          const session = await page.context().newCDPSession(page)
          await session.send('Page.setFontSizes', { fontSizes: { standard: 32 } })
          await expect.poll(size).toBe('30px')
          expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
        },
        { isAlone: true },
      )
    })
  })

  describe('movement', () => {
    /** What moved while a page waited for the service, and while a pointer went over a button. */
    const moved = async (reducedMotion: 'reduce' | 'no-preference') => {
      let names: string[] = []
      await flows().page(
        '/settings',
        async (page) => {
          await page.getByRole('heading', { name: 'Settings' }).waitFor()
          await page.evaluate(() => {
            const began: string[] = []
            Object.assign(window, { began })
            for (const kind of ['animationstart', 'transitionrun'])
              document.addEventListener(kind, () => began.push(kind))
          })
          let letGo = () => {}
          const held = new Promise<void>((resolve) => {
            letGo = resolve
          })
          await page.route('**/api/v1/tools?*', async (route) => {
            await held
            await route.continue()
          })
          await page.getByRole('link', { name: 'Tools', exact: true }).click()
          await page.locator('[class*=bone]').first().waitFor()
          const running = await page.evaluate(() => document.getAnimations().length)
          letGo()
          const button = page.getByRole('link', { name: 'New Python tool' })
          await button.hover()
          await page.locator('[class*=bone]').first().waitFor({ state: 'detached' })
          // Two frames later a movement would have begun.
          await page.evaluate(
            () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
          )
          names = await page.evaluate(() => Reflect.get(window, 'began') as string[])
          if (running > 0) names.push('running')
        },
        { reducedMotion },
      )
      return new Set(names)
    }

    test('is there for those who like it, and nothing moves for those who do not', async () => {
      expect(await moved('no-preference')).toEqual(new Set(['animationstart', 'transitionrun', 'running']))
      expect(await moved('reduce')).toEqual(new Set())
    })
  })

  describe('in forced colours', () => {
    test('what colours say otherwise is said by borders and outlines', async () => {
      const isLined = (page: Page, selector: string) =>
        page
          .locator(selector)
          .first()
          .evaluate((element) => {
            const { borderTopWidth, borderLeftWidth, outlineStyle, outlineWidth } = getComputedStyle(element)
            const isOutlined = outlineStyle !== 'none' && outlineWidth !== '0px'
            return isOutlined || borderTopWidth !== '0px' || borderLeftWidth !== '0px'
          })
      await flows().page(
        '/playground',
        async (page) => {
          expect(await page.evaluate(() => matchMedia('(forced-colors: active)').matches)).toBe(true)
          await page.locator('.cm-content').waitFor()
          await run(page, 'import sys\nprint("warned", file=sys.stderr)\nopen("/etc/passwd")', 'Error')
          await page.locator('.cm-error-hint').waitFor()
          const lined = [
            ...['[aria-current=page]', '[class*=badge]', '.cm-error-line', '.cm-error-hint', '[role=log]'],
            ...['button[class*=primary]', '[class*=_cell_]'],
          ]
          for (const selector of lined) expect(await isLined(page, selector), selector).toBe(true)
          // Only the page that is looked at has a line around its link.
          const other = page.getByRole('navigation').getByRole('link', { name: 'Tools' })
          expect(await other.evaluate((link) => getComputedStyle(link).outlineStyle)).toBe('none')
          await page.getByLabel('Seconds').fill('100000')
          await run(page, '2', 'Refused')
          expect(await isLined(page, '[role=alert]')).toBe(true)
          // By keyboard one sees where one is.
          await tabTo(page, 'Run')
          expect(
            await page.evaluate(() => {
              const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement ?? document.body)
              return [outlineStyle, outlineWidth]
            }),
          ).toEqual(['solid', '2px'])
        },
        { forcedColors: 'active' },
      )
    })
  })
}

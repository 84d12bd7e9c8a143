import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { violations } from '../fixtures/axe.ts'
import type { Flows } from '../fixtures/browser.ts'
import { detailPages } from '../fixtures/details.ts'
import { PAGES, unreachable, visit } from '../fixtures/pages.ts'
import { run } from '../fixtures/steps.ts'

const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 3, hasTouch: true }

/** Upright and on their side, and as half of a screen. */
const TABLETS = [600, 768, 820, 1024]

/** What is wider than its place, and has to be moved sideways to be read; code may be. */
async function scrolledSideways(page: Page): Promise<string[]> {
  return await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('header, header *, main, main *')]
      .filter((each) => each.closest('.cm-editor, pre, .visually-hidden, input, select') === null)
      .filter((each) => each.clientWidth > 1 && getComputedStyle(each).overflowX !== 'visible')
      // What is cut with an ellipsis is whole on the page that it leads to.
      .filter((each) => getComputedStyle(each).textOverflow !== 'ellipsis')
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1)
      .map((each) => each.outerHTML.slice(0, 120)),
  )
}

/** How many of each role of tables assistive technology is told of. */
async function rolesOfTables(page: Page): Promise<Record<string, number>> {
  const session = await page.context().newCDPSession(page)
  const { nodes } = await session.send('Accessibility.getFullAXTree')
  const roles: Record<string, number> = {}
  for (const { ignored, role } of nodes) {
    const name = String(role?.value)
    if (!ignored && ['table', 'row', 'columnheader', 'cell'].includes(name))
      roles[name] = (roles[name] ?? 0) + 1
  }
  return roles
}

/** Everything in a window that is 390 points wide, and in those between it and a screen. */
export function phoneFlows(flows: () => Flows): void {
  describe('on a telephone', () => {
    test('no keys are named that it has not', async () => {
      const flow = async (page: Page) => {
        await page.getByRole('button', { name: 'Run' }).waitFor()
        return await page.locator('kbd').isVisible()
      }
      const shown: boolean[] = []
      const look = async (page: Page) => void shown.push(await flow(page))
      await flows().page('/playground', look)
      await flows().page('/playground', look, { ...PHONE, isMobile: true })
      expect(shown).toEqual([true, false])
    })

    test('no page has to be moved sideways, and everything on it can be reached', async () => {
      const pages = [...PAGES, ...(await detailPages(flows().service)), '/activity?scope=all']
      await flows().page(
        '/activity',
        async (page) => {
          for (const path of pages) {
            await visit(page, path)
            expect(await scrolledSideways(page), path).toEqual([])
            expect(await unreachable(page), path).toEqual([])
          }
          for (const link of await page.locator('header').getByRole('link').all()) {
            const { x = -1, width = 0 } = (await link.boundingBox()) ?? {}
            expect(x).toBeGreaterThanOrEqual(0)
            expect(x + width).toBeLessThanOrEqual(390)
          }
        },
        PHONE,
      )
    })

    test('rows are cards that name each value, and a table still to those who hear it', async () => {
      await flows().service.request('POST', 'executions', { code: '1' })
      await flows().page(
        '/activity',
        async (page) => {
          const cell = page.locator('tbody tr').first().locator('td').nth(1)
          await cell.waitFor()
          const named = () => cell.evaluate((each) => getComputedStyle(each, '::before').content)
          expect(await named()).toContain('Status')
          const rows = await page.locator('tr').count()
          const onPhone = await rolesOfTables(page)
          expect(onPhone).toMatchObject({ table: 1, columnheader: 6 })
          expect(onPhone.row).toBeGreaterThanOrEqual(rows)
          expect(onPhone.cell).toBeGreaterThanOrEqual(6 * (rows - 1))
          expect(await violations(page)).toEqual([])
          await page.setViewportSize({ width: 1280, height: 900 })
          expect(await named()).toBe('none')
        },
        PHONE,
      )
    })

    test('a session is made, used, rewound and forked, and a tool made and called', async () => {
      await flows().page(
        '/playground',
        async (page) => {
          await page.locator('.cm-content').waitFor()
          await page.getByRole('button', { name: 'New session' }).tap()
          await page.getByLabel('Name of the session').fill('on a telephone')
          await page.getByRole('button', { name: 'Create' }).tap()
          await page.waitForURL(/\/playground\/ses_/)
          await page.locator('.cm-content').waitFor()
          await run(page, 'x = 1')
          await run(page, 'x = 2')
          await page.getByText('Run 2', { exact: true }).waitFor()
          await page.getByRole('button', { name: 'Rewind' }).tap()
          await page.getByLabel(/^Steps back/).fill('1')
          expect(await unreachable(page)).toEqual([])
          await page.getByRole('button', { name: 'Go back' }).tap()
          await page.getByText('The session went back').waitFor()
          await page.getByRole('link', { name: 'Tools', exact: true }).tap()
          await page.getByRole('link', { name: 'New Python tool' }).tap()
          await page.getByLabel('Name', { exact: true }).fill(`phone_${process.pid}_${Date.now()}`)
          await page.getByRole('button', { name: 'Create' }).tap()
          await page.getByLabel('city').fill('Paris')
          await page.getByRole('button', { name: 'Call' }).tap()
          await page.getByText('Hello, Paris').first().waitFor()
        },
        PHONE,
      )
    })

    test('two runs stand beside each other, with each label once', async () => {
      const compared = (await detailPages(flows().service)).find((path) => path.includes('/compare/')) ?? ''
      await flows().page(
        compared,
        async (page) => {
          const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'CPU time' }) })
          const [first, second] = [row.getByRole('cell').nth(0), row.getByRole('cell').nth(1)]
          await second.waitFor()
          const before = () => first.evaluate((each) => getComputedStyle(each, '::before').content)
          expect(await before()).toBe('none')
          const [one, other] = [await first.boundingBox(), await second.boundingBox()]
          expect(other?.y).toBe(one?.y)
          expect(await page.getByRole('columnheader').count()).toBe(3)
          expect(await scrolledSideways(page)).toEqual([])
          expect(await violations(page)).toEqual([])
        },
        PHONE,
      )
    })
  })

  describe('on a tablet', () => {
    test('no table has to be moved sideways, beside the navigation or below it', async () => {
      const pages = [...PAGES, ...(await detailPages(flows().service))]
      await flows().page(
        '/activity',
        async (page) => {
          for (const path of pages) {
            await visit(page, path)
            for (const width of TABLETS) {
              await page.setViewportSize({ width, height: 900 })
              // A chart is drawn anew after its place has changed.
              await expect
                .poll(() => scrolledSideways(page), { message: `${path} at ${width}`, timeout: 5000 })
                .toEqual([])
            }
          }
        },
        { isAlone: true },
      )
    })
  })
}

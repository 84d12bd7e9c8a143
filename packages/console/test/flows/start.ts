import { readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Flows } from '../fixtures/browser.ts'
import { ADMIN } from '../fixtures/service.ts'
import { printed, run, write } from '../fixtures/steps.ts'

const BUILT = fileURLToPath(new URL('../../../server/dist/console/', import.meta.url))
const FIRST_PAGE_BYTES = 150 * 1024
const PLAYGROUND_BYTES = 160 * 1024

/** Signing in, languages, looks, and how the page is sent. */
export function startFlows(flows: () => Flows): void {
  describe('the way in', () => {
    test('a stranger signs in by keyboard alone, is told what is wrong, and arrives at the playground', async () => {
      const isStranger = true
      await flows().page(
        '/',
        async (page) => {
          await page.getByRole('heading', { name: 'Sign in' }).waitFor()
          await page.keyboard.press('Tab')
          await page.keyboard.type(ADMIN.email)
          await page.keyboard.press('Tab')
          await page.keyboard.type('not the password')
          await page.keyboard.press('Enter')
          await page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor()
          await page.getByLabel('Password').focus()
          await page.keyboard.press('ControlOrMeta+A')
          await page.keyboard.type(ADMIN.password)
          await page.keyboard.press('Enter')
          await page.getByRole('heading', { name: 'Playground' }).waitFor()
          expect(new URL(page.url()).pathname).toBe('/playground')
        },
        { isStranger },
      )
    })

    test('the page speaks Chinese where the browser does, and the choice of another language stays', async () => {
      await flows().page(
        '/settings',
        async (page) => {
          await page.getByRole('heading', { name: '设置' }).waitFor()
          expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN')
          await page.getByLabel('语言').selectOption('en')
          await page.getByRole('heading', { name: 'Settings' }).waitFor()
          await page.reload()
          await page.getByRole('heading', { name: 'Settings' }).waitFor()
        },
        { locale: 'zh-CN' },
      )
    })

    test('light and dark follow the device until one is chosen', async () => {
      await flows().page(
        '/settings',
        async (page) => {
          const background = () =>
            page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
          await page.getByRole('heading', { name: 'Settings' }).waitFor()
          const dark = await background()
          await page.getByLabel('Appearance').selectOption('light')
          await expect.poll(background).not.toBe(dark)
          await page.reload()
          await page.getByRole('heading', { name: 'Settings' }).waitFor()
          await expect.poll(background).not.toBe(dark)
        },
        { colorScheme: 'dark' },
      )
    })

    test('an address without a page says so, and leads back', async () => {
      await flows().page('/nothing/here', async (page) => {
        await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
        await page.getByRole('link', { name: 'To the playground' }).click()
        await page.getByRole('heading', { name: 'Playground' }).waitFor()
      })
    })

    test('a sign-in that ends keeps what is in the editor, and goes on after the next one', async () => {
      await flows().page(
        '/playground',
        async (page) => {
          await write(page, 'print("still here")')
          await page.context().clearCookies()
          await page.keyboard.press('Control+Enter')
          await page.getByText('Your sign-in has ended').waitFor()
          await page.getByLabel('Password').fill(ADMIN.password)
          await page.getByRole('button', { name: 'Sign in' }).click()
          await page.getByText('Your sign-in has ended').waitFor({ state: 'detached' })
          expect(await page.locator('.cm-content').innerText()).toContain('still here')
          await page.locator('.cm-content').click()
          await page.keyboard.press('Control+Enter')
          await expect.poll(() => printed(page)).toContain('still here')
        },
        { isAlone: true },
      )
    })

    test('the first link of the page leads past the navigation', async () => {
      await flows().page('/playground', async (page) => {
        await page.locator('.cm-content').waitFor()
        await page.keyboard.press('Tab')
        await page.keyboard.press('Enter')
        expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
      })
    })
  })

  describe('what is sent', () => {
    test('files are compressed and kept for ever, the page is neither kept nor without a policy', async () => {
      const { url } = flows().service
      const page = await fetch(`${url}/playground`, { headers: { accept: 'text/html' } })
      expect(page.status).toBe(200)
      expect(page.headers.get('cache-control')).toBe('no-store')
      const policy = page.headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).not.toContain('unsafe')
      const text = await page.text()
      const [, nonce = ''] = /'nonce-([\w-]+)'/.exec(policy) ?? []
      expect(text).toContain(`nonce="${nonce}"`)
      expect(text).not.toMatch(/<script(?![^>]*\bsrc=)/)
      const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(text) ?? []
      for (const encoding of ['br', 'gzip']) {
        const answer = await fetch(`${url}${script}`, { headers: { 'accept-encoding': encoding } })
        expect(answer.headers.get('content-encoding')).toBe(encoding)
        expect(answer.headers.get('cache-control')).toContain('immutable')
        expect((await answer.text()).length).toBeGreaterThan(1000)
      }
      expect((await fetch(`${url}/assets/..%2findex.html`)).status).toBe(404)
      expect((await fetch(`${url}/assets/none.js`)).status).toBe(404)
    })

    test('the scripts of the first page and of the playground are within their sizes', async () => {
      const loaded: string[] = []
      const gzip = (path: string) => {
        const name = `${BUILT}${path.slice(1)}`
        return statSync(name).size < 512 ? statSync(name).size : readFileSync(`${name}.gz`).length
      }
      const scripts = () =>
        loaded.filter((path) => path.endsWith('.js')).reduce((sum, path) => sum + gzip(path), 0)
      await flows().page(
        '/',
        async (page) => {
          const read = async () => {
            const names = await page.evaluate(() =>
              performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname),
            )
            loaded.splice(0, loaded.length, ...new Set(names.filter((name) => name.startsWith('/assets/'))))
          }
          await page.getByRole('heading', { name: 'Sign in' }).waitFor()
          await read()
          const first = scripts()
          expect(first).toBeLessThan(FIRST_PAGE_BYTES)
          await page.getByLabel('E-mail').fill(ADMIN.email)
          await page.getByLabel('Password').fill(ADMIN.password)
          await page.getByRole('button', { name: 'Sign in' }).click()
          await page.locator('.cm-content').waitFor()
          await read()
          expect(scripts() - first).toBeLessThan(PLAYGROUND_BYTES)
        },
        { isStranger: true },
      )
      expect(readdirSync(`${BUILT}assets`).some((name) => name.endsWith('.map'))).toBe(false)
    })

    test('what is asked for by a program is answered as before', async () => {
      const { url } = flows().service
      const answer = await fetch(`${url}/nothing`)
      expect(answer.status).toBe(404)
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
      expect((await fetch(`${url}/playground`, { method: 'POST' })).status).toBe(405)
      await flows().page('/playground', async (page) => await run(page, '6 * 7'))
    })
  })
}

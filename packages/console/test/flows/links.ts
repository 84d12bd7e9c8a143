import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import type { Flows } from '../fixtures/browser.ts'
import { printed, run } from '../fixtures/steps.ts'

const PASSWORD = 'a password of somebody'

/** A link to a run, for those who may see it and those who may not. */
export function linkFlows(flows: () => Flows): void {
  describe('a link to a run', () => {
    const newUser = async (name: string) => {
      const email = `${name}-${process.pid}-${Date.now()}@example.com`
      const made = await flows().service.request('POST', 'users', {
        ...{ email, name, password: PASSWORD, role: 'user' },
      })
      expect(made.status).toBe(201)
      return email
    }
    const signIn = async (page: Page, email: string) => {
      await page.getByLabel('E-mail').fill(email)
      await page.getByLabel('Password').fill(PASSWORD)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('link', { name: 'Playground' }).waitFor()
    }
    const isStranger = true

    test('shows it to its owner and to administrators, after signing in, and tells others nothing', async () => {
      const [owner, other] = [await newUser('owner'), await newUser('other')]
      let link = ''
      await flows().page(
        '/',
        async (page) => {
          await signIn(page, owner)
          await page.locator('.cm-content').waitFor()
          await run(page, 'print("only for " + "the owner")')
          await page.getByText('Receipt', { exact: true }).click()
          await page.getByRole('link', { name: 'The whole record of this run' }).click()
          await page.getByRole('heading', { name: 'Execution' }).waitFor()
          link = new URL(page.url()).pathname
          expect(link).toMatch(/^\/activity\/exe_\w+$/)
        },
        { isStranger },
      )
      // The link leads on once it is known who asks.
      await flows().page(
        link,
        async (page) => {
          await signIn(page, owner)
          await expect.poll(() => printed(page)).toBe('only for the owner')
          expect(new URL(page.url()).pathname).toBe(link)
        },
        { isStranger },
      )
      await flows().page(link, async (page) => {
        await expect.poll(() => printed(page)).toBe('only for the owner')
      })
      await flows().page(
        link,
        async (page) => {
          await signIn(page, other)
          await page.getByRole('alert').filter({ hasText: 'Cannot find the execution' }).waitFor()
          expect(await page.content()).not.toContain('only for')
          // Nor in the list, nor by any of its parts.
          await page.goto('/activity')
          await page.getByRole('heading', { name: 'Activity' }).waitFor()
          await page.getByText('Nothing has run here yet').waitFor()
          const parts = ['', '/events', '/proof', '/files/x', '/displays/0/frame']
          for (const part of parts) {
            const path = `/api/v1/executions/${link.split('/').at(-1)}${part}`
            const method = part.endsWith('frame') ? 'post' : 'get'
            const headers = { origin: flows().service.url }
            expect((await page.request[method](path, { headers })).status(), path).toBe(404)
          }
        },
        { isStranger },
      )
    })
  })
}

import type { Route } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import type { Flows } from '../fixtures/browser.ts'
import { write } from '../fixtures/steps.ts'

const SAID = `from typing import Annotated

def main(city: str, count: Annotated[int, "how many of them"] = 1, tone="warm", far: float = 1, none=None, old=0):
    """Greet a city.

    Args:
        city (str): <b>where</b> to
        count: not this one
        tone: at first
        tone: how it \\x73ounds: warm
        nobody: is called so
    :param float far: in kilometres
    :param old: of another style

    Note: it says so.
    """
    return city
`

/** The list of tools, and what stands beside the code of one that is written. */
export function toolListFlows(flows: () => Flows): void {
  describe('a tool that is written', () => {
    test('shows what it takes while its code is typed, before anything has run', async () => {
      await flows().page('/tools/new/python', async (page) => {
        const ran: string[] = []
        page.on('request', (request) => request.method() === 'POST' && ran.push(request.url()))
        const takes = page.getByRole('region', { name: 'What it takes' })
        const words = (text: string) => text.replace(/\s+/g, ' ')
        const items = async () => (await takes.getByRole('listitem').allInnerTexts()).map(words)
        await page.locator('.cm-content').waitFor()
        await expect.poll(items).toEqual(['city string required its name'])
        await write(page, 'def main(city: str, days: list[int] = [1], loud=Fa')
        await expect
          .poll(items)
          .toEqual(['city string required', 'days array default [1]', 'loud anything default Fa'])
        await write(page, 'def other(): ...')
        await takes.getByText('There is no function "main" yet.').waitFor()
        await write(page, 'def main(): ...')
        await takes.getByText('It takes no arguments.').waitFor()
        expect(ran).toEqual([])
      })
    })

    test('shows what is said of each argument, as the service says it once it is made', async () => {
      await flows().page('/tools/new/python', async (page) => {
        const takes = page.getByRole('region', { name: 'What it takes' })
        await page.locator('.cm-content').waitFor()
        await page.getByLabel('Name', { exact: true }).fill(`said_${process.pid}_${Date.now()}`)
        await write(page, SAID)
        await takes.getByText('<b>where</b> to').waitFor()
        const described = await Promise.all(
          (await takes.getByRole('listitem').all()).map(async (item) => [
            await item.locator('code').innerText(),
            (await item.locator('[class*=description]').allInnerTexts())[0],
          ]),
        )
        await page.getByRole('button', { name: 'Create' }).click()
        await page.waitForURL(/\/tools\/tool_/)
        await page.getByRole('button', { name: 'Call' }).waitFor()
        await page.getByText('how many of them', { exact: true }).waitFor()
        const answer = await flows().service.request('GET', new URL(page.url()).pathname.slice(1))
        const { parameters } = (await answer.json()) as {
          readonly parameters: { readonly properties: Readonly<Record<string, { description?: string }>> }
        }
        expect(described).toEqual(
          Object.entries(parameters.properties).map(([name, { description }]) => [name, description]),
        )
        expect(described).toHaveLength(6)
      })
    })

    test('keeps the function that is called, whatever its name', async () => {
      const answer = await flows().service.request('POST', 'tools', {
        ...{ name: `entry_${process.pid}_${Date.now()}`, kind: 'python' },
        definition: { code: 'def twice(n: int) -> int:\n    return 2 * n', entry: 'twice' },
      })
      const { id } = (await answer.json()) as { readonly id: string }
      await flows().page(`/tools/${id}/edit`, async (page) => {
        await page.getByText('The function "twice" is called.').waitFor()
        await page.locator('.cm-content').waitFor()
        await write(page, 'def twice(n: int, times: int = 2) -> int:\n    return times * n')
        await page.getByRole('button', { name: 'Save as a new version' }).click()
        await page.getByText('Saved as version 2').waitFor()
        await page.getByRole('link', { name: 'Try' }).click()
        await page.getByLabel('times').waitFor()
      })
    })
  })

  describe('the list of tools', () => {
    test('says so where there are more than it shows', async () => {
      const { request } = flows().service
      const definition = { code: 'def main() -> int:\n    return 1' }
      const name = `one_of_many_${process.pid}_${Date.now()}`
      const made = await request('POST', 'tools', { name, kind: 'python', definition })
      const { id } = (await made.json()) as { readonly id: string }
      const tool = ((await (await request('GET', 'tools?limit=1')).json()) as { readonly items: object[] })
        .items
      let [size, read] = [1000, 0]
      const onePage = async (route: Route) => {
        read = new URL(route.request().url()).searchParams.has('cursor') ? read + 100 : 100
        const items = Array.from({ length: 100 }, (_, n) => ({ ...tool[0], id: `tool_${read + n}` }))
        await route.fulfill({ json: { items, nextCursor: read < size ? String(read) : null } })
      }
      await flows().page('/settings', async (page) => {
        await page.route('**/api/v1/tools?*', onePage)
        await page.getByRole('link', { name: 'Tools', exact: true }).click()
        const listed = page.getByRole('main').getByRole('listitem')
        await expect.poll(() => listed.count()).toBe(1000)
        expect(await page.getByText('Only the newest 1,000 are listed.').count()).toBe(0)
        size = 1100
        await page.reload()
        await page.getByText('Only the newest 1,000 are listed.').waitFor()
        expect(await listed.count()).toBe(1000)
      })
      await request('DELETE', `tools/${id}`, undefined, { 'if-match': '"1"' })
    })

    test('tells own ones from those for everybody, by a scope that stands in the address', async () => {
      const { request } = flows().service
      const made = async (name: string, system: boolean) => {
        const definition = { code: 'def main() -> int:\n    return 1' }
        const answer = await request('POST', 'tools', { name, kind: 'python', definition, system })
        return ((await answer.json()) as { readonly id: string }).id
      }
      const mark = `scoped_${process.pid}_${Date.now()}`
      const [own, common] = [await made(`${mark}_own`, false), await made(`${mark}_all`, true)]
      await flows().page(`/tools?search=${mark}`, async (page) => {
        const shown = async () =>
          (await page.getByRole('main').getByRole('listitem').locator('code').allInnerTexts()).toSorted()
        await expect.poll(shown).toEqual([`${mark}_all`, `${mark}_own`])
        await page.getByLabel('Of').selectOption('system')
        await expect.poll(shown).toEqual([`${mark}_all`])
        expect(page.url()).toContain('scope=system')
        await page.getByRole('listitem').getByText('For everybody').waitFor()
        await page.getByLabel('Of').selectOption('mine')
        await expect.poll(shown).toEqual([`${mark}_own`])
        await page.reload()
        await expect.poll(shown).toEqual([`${mark}_own`])
      })
      for (const id of [own, common]) await request('DELETE', `tools/${id}`, undefined, { 'if-match': '"1"' })
    })
  })
}

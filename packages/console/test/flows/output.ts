import { describe, expect, test } from 'vitest'
import type { Flows } from '../fixtures/browser.ts'
import { printed, run } from '../fixtures/steps.ts'

/** What code prints and shows, however it is made. */
export function outputFlows(flows: () => Flows): void {
  describe('the output', () => {
    const open = (flow: Parameters<Flows['page']>[1]) =>
      flows().page('/playground', async (page) => {
        await page.locator('.cm-content').waitFor()
        await flow(page)
      })

    test('colours, progress bars and errors look as in a terminal', async () => {
      await open(async (page) => {
        await run(
          page,
          [
            'import sys',
            'print("\\x1b[31mred\\x1b[0m \\x1b[1mbold\\x1b[22m")',
            'for n in range(5): print(f"\\r{n * 25} %", end="")',
            'print("\\rdone\\x1b[K")',
            'print("ab\\b\\bc")',
            'print("a warning", file=sys.stderr)',
          ].join('\n'),
        )
        const text = await printed(page)
        expect(text.trim().split('\n')).toEqual(['red bold', 'done', 'cb', 'a warning'])
        expect(await page.locator('.ansi-red').innerText()).toBe('red')
        expect(await page.locator('.ansi-bold').innerText()).toBe('bold')
      })
    })

    test('characters that nobody sees are shown', async () => {
      await open(async (page) => {
        await run(page, 'print("a\\u202eb\\u200bc\\u2066d 👩\\u200d👩\\u200d👧 e")')
        expect(await printed(page)).toBe('aU+202EbU+200BcU+2066d 👩\u200d👩\u200d👧 e')
      })
    })

    test('of 30,000 lines the last 10,000 are in the page, the others on demand; nothing holds the page for long', async () => {
      await open(async (page) => {
        await page.evaluate(() => {
          const longest = { ms: 0 }
          Object.assign(window, { longest })
          new PerformanceObserver((list) => {
            for (const { duration } of list.getEntries()) longest.ms = Math.max(longest.ms, duration)
          }).observe({ type: 'longtask' })
        })
        await run(page, 'print("\\n".join(f"line {n}" for n in range(30_000)))')
        const lines = page.getByRole('log').locator('[class*=line_]')
        await expect.poll(() => lines.count()).toBeGreaterThan(9000)
        expect(await lines.count()).toBeLessThanOrEqual(10_200)
        // 70 ms on a quiet machine; what looks at everything anew for each piece takes seconds.
        expect(await page.evaluate(() => Reflect.get(window, 'longest').ms)).toBeLessThan(1500)
        await page.getByRole('button', { name: /earlier lines/ }).click()
        await expect.poll(() => lines.count()).toBeGreaterThan(19_000)
      })
    })

    test('a line of 1 MB is cut, with a way to see more', async () => {
      await open(async (page) => {
        await run(page, 'print("x" * 1_000_000)')
        const shown = async () => (await printed(page)).length
        expect(await shown()).toBeLessThan(11_000)
        await page.getByRole('button', { name: /more characters/ }).click()
        await expect.poll(shown).toBeGreaterThan(100_000)
      })
    })

    test('HTML runs its scripts in its frame, says how high it is, and reaches nothing', async () => {
      await open(async (page) => {
        await run(
          page,
          `from IPython.display import HTML, display
display(HTML('''<p id="a">before</p><div style="height:300px"></div><script>
document.getElementById("a").textContent = "script ran"
const tries = [
  () => parent.document.body, () => localStorage.length, () => document.cookie,
]
for (const each of tries) { try { each(); document.body.append(" reached") } catch { document.body.append(" refused") } }
fetch("/api/v1/auth/self").then(() => document.body.append(" fetched"), () => document.body.append(" no network"))
</script>'''))`,
        )
        const frame = page.frameLocator('iframe')
        await frame.getByText('script ran').waitFor()
        await frame.getByText('refused refused refused no network').waitFor()
        await expect
          .poll(async () => (await page.locator('iframe').boundingBox())?.height ?? 0)
          .toBeGreaterThan(300)
        expect(await page.locator('iframe').getAttribute('sandbox')).toBe('allow-scripts')
      })
    })
  })
}

// The console in a browser, against a service of its own. Prints as JSON what was measured.
// node console.mjs <rounds> <seconds of a progress bar>
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { ADMIN, callerOf, keyFor, scratchFolder, startService } from './service-process.mjs'

/** Longer than a pool takes to refill and to come to rest. */
const REST_MS = 1500
const PLACES = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium']
const [rounds = 5, progressSeconds = 30] = process.argv.slice(2).map(Number)

const folder = scratchFolder()
const executablePath = [process.env.AGENTCHAT_TEST_CHROMIUM ?? '', ...PLACES].find((path) => existsSync(path))
if (executablePath === undefined)
  throw new Error('Cannot measure: Chromium is not installed (apt-get install chromium-headless-shell)')
// A progress bar may take longer than the minute that a service allows.
const service = await startService(folder.path, { AGENTCHAT_MAX_TIMEOUT_SECONDS: '600' })
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
try {
  const firstPage = []
  for (let round = 0; round < rounds; round++) firstPage.push(await firstPageMs())
  const page = await signedIn()
  const { inPage, overHttp } = await firstOutputMs(page, callerOf(service.url, await keyFor(service.url)))
  const lines = await held(page, 'print("\\n".join(f"line {n}" for n in range(100_000)))')
  const progress = await held(
    page,
    `import time\nend = time.monotonic() + ${progressSeconds}\nwhile time.monotonic() < end:\n    print(f"\\r{time.monotonic():.3f} of the way", end="")\n    time.sleep(0.005)`,
  )
  process.stdout.write(JSON.stringify({ firstPage, inPage, overHttp, lines, progress }))
} finally {
  await browser.close()
  await service.stop()
  folder[Symbol.dispose]()
}

/** From the address to a form that can be typed into, with nothing kept by the browser. */
async function firstPageMs() {
  const context = await browser.newContext()
  const page = await context.newPage()
  const started = performance.now()
  await page.goto(service.url)
  await page.locator('input[type=password]').fill('x')
  const ms = performance.now() - started
  await context.close()
  return ms
}

async function signedIn() {
  const context = await browser.newContext({ baseURL: service.url, viewport: { width: 1280, height: 900 } })
  await context.request.post('/api/v1/auth/sign-in', { data: ADMIN, headers: { origin: service.url } })
  const page = await context.newPage()
  await page.goto('/')
  await page.locator('.cm-content').waitFor()
  return page
}

/**
 * @param {import('playwright-core').Page} page
 * @param {string} code
 */
async function write(page, code) {
  await page.locator('.cm-content').first().click()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.insertText(code)
}

/**
 * From the key that runs a cell to what it prints on the screen, and the same code by `POST /executions`, taking turns.
 * @param {import('playwright-core').Page} page
 * @param {ReturnType<typeof callerOf>} call
 */
async function firstOutputMs(page, call) {
  const inPage = []
  const overHttp = []
  for (let round = 0; round < 2 * rounds + 1; round++) {
    const mark = `seen ${round}`
    await write(page, `print("seen", ${round})`)
    await sleep(REST_MS)
    const shown = page.evaluate(
      (text) =>
        new Promise((resolve) => {
          let started = 0
          const note = ({ key }) => {
            if (key === 'Enter') started = performance.now()
          }
          addEventListener('keydown', note, { capture: true })
          const look = () => {
            const logs = [...document.querySelectorAll('[role=log]')]
            if (!logs.some((log) => log.textContent?.includes(text))) return
            observer.disconnect()
            removeEventListener('keydown', note, { capture: true })
            requestAnimationFrame(() => resolve(performance.now() - started))
          }
          const observer = new MutationObserver(look)
          observer.observe(document.body, { childList: true, subtree: true, characterData: true })
        }),
      mark,
    )
    await page.keyboard.press('Control+Enter')
    const ms = await shown
    await sleep(REST_MS)
    const started = performance.now()
    const answer = await call('POST', 'executions', { code: `print("seen", ${round})` })
    await answer.json()
    // The first of each is for what is loaded once.
    if (round === 0) continue
    inPage.push(ms)
    overHttp.push(performance.now() - started)
  }
  return { inPage, overHttp }
}

/**
 * The longest time for which the page was held while code runs, and what its memory grew by, in MB.
 * @param {import('playwright-core').Page} page
 * @param {string} code
 */
async function held(page, code) {
  const client = await page.context().newCDPSession(page)
  const heap = async () => {
    await client.send('HeapProfiler.collectGarbage')
    return (await client.send('Runtime.getHeapUsage')).usedSize / 1e6
  }
  const before = await heap()
  await write(page, code)
  await page.evaluate(() => {
    const longest = { ms: 0 }
    Object.assign(globalThis, { longest })
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longest.ms = Math.max(longest.ms, duration)
    }).observe({ type: 'longtask' })
  })
  await page.keyboard.press('Control+Enter')
  await page.getByRole('button', { name: 'Stop' }).waitFor()
  await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached', timeout: 600_000 })
  await sleep(1000)
  const longestMs = await page.evaluate(() => Reflect.get(globalThis, 'longest').ms)
  const heapMb = (await heap()) - before
  await client.detach()
  return { longestMs, heapMb }
}

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { ownTree } from 'agentchat-sandbox-base/disk/own-tree'
import type { Context, Hono } from 'hono'
import { html } from 'hono/html'
import { ConsoleFiles } from './console-files.ts'
import { consolePolicy } from './console-policy.ts'
import type { AppEnv } from './environment.ts'

/** The first parts of the addresses that the page of the console shows. */
const SECTIONS = ['playground', 'tools', 'activity', 'agent', 'admin', 'settings'] as const
const NONCE = /CSP_NONCE/g
/** Addresses that are for programs alone. */
const OF_PROGRAMS = /^\/(api|mcp|assets|frames|healthz|readyz|metrics)(\/|$)/

/** The addresses of the console, for those who ask which methods an address has. */
export const CONSOLE_PATHS = Object.fromEntries(
  ['/', '/assets/{name}', ...SECTIONS.flatMap((name) => [`/${name}`, `/${name}/{path}`])].map((path) => [
    path,
    { get: {} },
  ]),
)

/** Where the build puts the console. */
export function builtConsole(): ConsoleFiles {
  return new ConsoleFiles(join(ownTree(import.meta.url).folder, 'console'))
}

/** Adds the page of the console and its files. */
export function addConsole(app: Pick<Hono<AppEnv>, 'get'>, files: ConsoleFiles): void {
  app.get('/', (c) => consolePage(c, files))
  for (const section of SECTIONS) {
    app.get(`/${section}`, (c) => consolePage(c, files))
    app.get(`/${section}/*`, (c) => consolePage(c, files))
  }
  app.get('/assets/:name', async (c) => {
    const file = await files.asset(c.req.param('name'), c.req.header('Accept-Encoding'))
    if (file === null) return c.notFound()
    const { type, encoding, bytes } = file
    c.header('Content-Type', type)
    c.header('Vary', 'Accept-Encoding')
    // Its name changes with what is in it.
    c.header('Cache-Control', 'public, max-age=31536000, immutable')
    if (encoding !== 'identity') c.header('Content-Encoding', encoding)
    return c.body(bytes, 200)
  })
}

/** Does a person with a browser look for a page that is not there? */
export function isPageWanted(c: Context<AppEnv>): boolean {
  const { method, path } = c.req
  return method === 'GET' && !OF_PROGRAMS.test(path) && /\btext\/html\b/.test(c.req.header('Accept') ?? '')
}

/** The page, which finds out by its address what to show. */
export async function consolePage(
  c: Context<AppEnv>,
  files: ConsoleFiles,
  status: 200 | 404 = 200,
): Promise<Response> {
  const page = await files.page()
  if (page === null) return await missingPage(c)
  const nonce = randomBytes(18).toString('base64url')
  c.header('Content-Security-Policy', consolePolicy(nonce))
  c.header('Permissions-Policy', 'camera=(), microphone=(), geolocation=(), payment=(), usb=()')
  c.header('X-DNS-Prefetch-Control', 'off')
  const signIn = c.get('deps').services.openId === null ? 'password' : 'password open-id'
  return c.html(page.replace(NONCE, nonce).replace('SIGN_IN_WAYS', signIn), status)
}

/** For those who look for the console in an installation without one. */
function missingPage(c: Context<AppEnv>): Response | Promise<Response> {
  return c.html(
    html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>AgentChat Sandbox</title></head><body>
<h1>The console is not built</h1>
<p>This service runs without its web console: <code>npm run build</code> in the repository makes it.</p>
<p>All operations are there: <a href="/api/docs">description of the API</a>.</p>
</body></html>`,
    404,
  )
}

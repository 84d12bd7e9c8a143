import { html, raw } from 'hono/html'
import type { ApiDocument } from './openapi-document.ts'

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
details { border: 1px solid #8884; border-radius: .4rem; margin: .4rem 0; padding: .3rem .8rem }
summary { cursor: pointer } summary code { font-weight: 600 }
pre { overflow: auto; background: #8882; padding: .6rem; border-radius: .4rem; font-size: .85rem }
table { border-collapse: collapse } td, th { text-align: left; padding: .1rem .8rem .1rem 0; vertical-align: top }
`

type Operation = NonNullable<NonNullable<ApiDocument['paths']>[string]['get']>

/** The page has styles of its own. */
export const DOCS_HEADERS = {
  'Content-Type': 'text/html; charset=UTF-8',
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}

/** The description of the service for people: one page without scripts. */
export async function docsPage(document: ApiDocument): Promise<string> {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({
      path,
      method,
      operation,
    })),
  )
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? 'Other'))]
  const sections = tags.map((tag) => {
    const own = operations.filter(({ operation }) => (operation.tags?.[0] ?? 'Other') === tag)
    return html`<h2>${tag}</h2>${own.map((each) => operationOf(each))}`
  })
  const page = await html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${document.info.title} ${document.info.version}</title><style>${raw(STYLE)}</style></head><body>
<h1>${document.info.title}</h1><p>${document.info.description}</p>
<p>Sign in with a cookie (<code>POST /api/v1/auth/sign-in</code>) or send <code>Authorization: Bearer &lt;API key&gt;</code>.
For programs: <a href="/api/openapi.json">openapi.json</a>.</p>
${sections}
<h2>Schemas</h2>
${Object.entries(document.components?.schemas ?? {}).map(
  ([name, schema]) =>
    html`<details id="${name}"><summary><code>${name}</code></summary>${block(schema)}</details>`,
)}
</body></html>`
  return page.toString()
}

function operationOf({ path, method, operation }: { path: string; method: string; operation: Operation }) {
  const body = operation.requestBody
  return html`<details id="${operation.operationId ?? ''}">
<summary><code>${method.toUpperCase()} ${path}</code> ${operation.summary ?? ''}</summary>
<p>${operation.description ?? ''}</p>
${(operation.parameters?.length ?? 0) > 0 ? html`<h4>Parameters</h4>${block(operation.parameters)}` : ''}
${body === undefined ? '' : html`<h4>Body</h4>${block(body)}`}
<h4>Answers</h4><table>${Object.entries(operation.responses ?? {}).map(
    ([status, answer]) =>
      html`<tr><th>${status}</th><td>${'description' in answer ? answer.description : ''}</td></tr>`,
  )}</table></details>`
}

function block(value: unknown) {
  return html`<pre>${JSON.stringify(value, null, 2)}</pre>`
}

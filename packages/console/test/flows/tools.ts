import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { Flows } from '../fixtures/browser.ts'
import { ended, write } from '../fixtures/steps.ts'

const PYTHON = `from typing import Literal

def main(city: str, times: int = 1, loud: bool = False, tone: Literal["warm", "cold"] = "warm") -> str:
    """Greet a city."""
    text = " ".join([f"Hello, {city}"] * times)
    return text.upper() if loud else text
`

let names = 0

/** A name that no other flow has, also where a flow is tried again. */
function newName(): string {
  names += 1
  return `tool_${process.pid}_${names}`
}

/** What the browser says where the service could not fetch something, which is as it should be. */
const NOT_FETCHED = { expected: /status of 502/ }

/** Stored tools, of both kinds. */
export function toolFlows(flows: () => Flows): void {
  describe('tools', () => {
    const made = async (code = PYTHON) => {
      const name = newName()
      const answer = await flows().service.request('POST', 'tools', {
        name,
        kind: 'python',
        definition: { code },
      })
      expect(answer.status).toBe(201)
      return { name, id: ((await answer.json()) as { readonly id: string }).id }
    }

    test('one of Python is written, told what is wrong with it, made, and called with a form of its types', async () => {
      const name = newName()
      await flows().page('/tools', async (page) => {
        await page.getByRole('link', { name: 'New Python tool' }).click()
        await page.getByLabel('Name', { exact: true }).fill(name)
        await write(page, PYTHON)
        await page.getByLabel('Test cases').fill('not JSON')
        await page.getByRole('button', { name: 'Create' }).click()
        await page.getByRole('alert').filter({ hasText: 'definition.tests' }).waitFor()
        await page.getByLabel('Test cases').fill('[{"input": {"city": "Rome"}, "expected": "Hello, Paris"}]')
        await page.getByRole('button', { name: 'Create' }).click()
        await page
          .getByRole('alert')
          .filter({ hasText: 'definition.tests' })
          .filter({ hasText: 'Rome' })
          .waitFor()
        await page.getByLabel('Test cases').fill('[{"input": {"city": "Rome"}, "expected": "Hello, Rome"}]')
        await page.getByRole('button', { name: 'Create' }).click()
        await page.getByRole('button', { name: 'Call' }).waitFor()
        await page.getByLabel('city').fill('Paris')
        await page.getByLabel('times').fill('2')
        await page.getByLabel('loud').selectOption('true')
        await page.getByLabel('tone').selectOption('"cold"')
        await page.getByRole('button', { name: 'Call' }).click()
        await ended(page, 'Success')
        await page.getByText("'HELLO, PARIS HELLO, PARIS'").waitFor()
      })
    })

    test('a secret is written, listed without its value, replaced and deleted', async () => {
      const { id } = await made()
      const [first, second] = ['sk-live-4f9aKx71QwErTy', 'rk_7Hq2Lw9ZpXvcBnM5t']
      await flows().page(`/tools/${id}`, async (page) => {
        await page.getByRole('link', { name: 'Secrets' }).click()
        await page.getByRole('button', { name: 'New secret' }).click()
        await page.getByRole('textbox', { name: 'Variable' }).fill('API_KEY')
        await page.getByLabel('Value', { exact: true }).fill(first)
        await page.getByLabel('Hosts', { exact: true }).fill('*.example.com')
        await page.getByRole('button', { name: 'Keep the secret' }).click()
        await page.getByText('"*.example.com" holds a wildcard; name each host', { exact: true }).waitFor()
        await page.getByLabel('Hosts', { exact: true }).fill('api.example.com, api.example.com:8443')
        await page.getByRole('button', { name: 'Keep the secret' }).click()
        await page.getByRole('cell', { name: 'api.example.com, api.example.com:8443' }).waitFor()
        await page.getByRole('button', { name: 'Replace API_KEY' }).click()
        expect(await page.getByLabel('Value', { exact: true }).inputValue()).toBe('')
        await page.getByLabel('Value', { exact: true }).fill(second)
        await page.getByLabel('Address').check()
        await page.getByRole('button', { name: 'Keep the secret' }).click()
        await page.getByLabel('Value', { exact: true }).waitFor({ state: 'detached' })
        const listed = await flows().service.request('GET', `tools/${id}/secrets`)
        const text = await listed.text()
        expect(JSON.parse(text).items).toEqual([
          expect.objectContaining({ name: 'API_KEY', places: ['headers', 'url'] }),
        ])
        for (const value of [first, second]) {
          expect(text).not.toContain(value)
          expect(await page.content()).not.toContain(value)
        }
        await page.getByRole('button', { name: 'Delete API_KEY' }).click()
        await page.getByRole('button', { name: 'Delete API_KEY for ever' }).click()
        await page.getByRole('cell', { name: 'API_KEY', exact: true }).waitFor({ state: 'detached' })
      })
    })

    test('a change makes a version; its differences are shown, and it is rolled back', async () => {
      const { id } = await made()
      await flows().page(`/tools/${id}/edit`, async (page) => {
        await page.locator('.cm-content').waitFor()
        await write(page, PYTHON.replace('Hello', 'Good day'))
        await page.getByRole('button', { name: 'Save as a new version' }).click()
        await page.getByText('Saved as version 2').waitFor()
        await page.getByRole('link', { name: 'Versions' }).click()
        await page.getByRole('button', { name: 'Differences' }).click()
        const diff = page.getByRole('group', { name: 'Differences' })
        await diff.getByText('Good day').waitFor()
        await diff.getByText('"Hello, ').waitFor()
        await page.getByRole('button', { name: 'Roll back' }).click()
        await page.getByText('Version 3').first().waitFor()
      })
    })

    test('one is disabled, enabled, and deleted once its name is typed', async () => {
      const { id, name } = await made()
      await flows().page(`/tools/${id}`, async (page) => {
        await page.getByRole('button', { name: 'Disable' }).click()
        await page.getByText('Disabled', { exact: true }).waitFor()
        expect(await page.getByRole('button', { name: 'Call' }).isDisabled()).toBe(true)
        await page.getByRole('button', { name: 'Enable' }).click()
        await page.getByText('Enabled', { exact: true }).waitFor()
        await page.getByRole('link', { name: 'Delete' }).click()
        const remove = page.getByRole('button', { name: 'Delete for ever' })
        await page.getByLabel(/to delete it/).fill(name.slice(1))
        expect(await remove.isDisabled()).toBe(true)
        await page.getByLabel(/to delete it/).fill(name)
        await remove.click()
        await page.waitForURL(/\/tools$/)
        expect((await flows().service.request('GET', `tools/${id}`)).status).toBe(404)
      })
    })

    test('two who change the same one are told', async () => {
      const { id } = await made()
      await flows().page(`/tools/${id}/edit`, async (page) => {
        await page.locator('.cm-content').waitFor()
        const change = { description: 'changed by somebody else' }
        await fetch(`${flows().service.url}/api/v1/tools/${id}`, {
          method: 'PATCH',
          headers: { ...flows().service.headers, 'if-match': '"1"' },
          body: JSON.stringify(change),
        })
        await page.getByLabel('Description').fill('mine')
        await page.getByRole('button', { name: 'Save as a new version' }).click()
        await page.getByRole('alert').filter({ hasText: 'changed meanwhile' }).waitFor()
        expect(await page.getByLabel('Description').inputValue()).toBe('mine')
      })
    })

    test('one of a service is made of its document, shows its operations, and is called', async () => {
      const server = createServer((request, response) => {
        response.setHeader('content-type', 'application/json')
        const echo = { path: request.url, key: request.headers['x-key'] }
        response.end(JSON.stringify(request.url === '/openapi.json' ? document : echo))
      }).listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      const { port } = server.address() as AddressInfo
      const operation = (operationId: string) => ({
        ...{ operationId, responses: { 200: { description: 'ok' } } },
        parameters: [{ name: 'city', in: 'query', required: true, schema: { type: 'string' } }],
      })
      const document = {
        ...{ openapi: '3.1.0', info: { title: 'Weather', version: '1' } },
        servers: [{ url: `http://127.0.0.1:${port}` }],
        paths: { '/now': { get: operation('now') }, '/later': { get: operation('later') } },
      }
      try {
        await flows().page(
          '/tools/new/openapi',
          async (page) => {
            await page.getByLabel('Name', { exact: true }).fill(newName())
            await page.locator('.cm-content').waitFor()
            await write(page, 'openapi: 3.1.0\ninfo: nothing')
            await page.getByRole('button', { name: 'Create' }).click()
            await page.getByRole('alert').filter({ hasText: 'definition.document' }).first().waitFor()
            // Marked at its line, with the words beside it.
            await page.locator('.cm-error-line').filter({ hasText: 'info: nothing' }).waitFor()
            await page.getByLabel('Address of the document').fill(`http://127.0.0.1:${port}/openapi.json`)
            await page.getByRole('button', { name: 'Fetch', exact: true }).click()
            await page.getByText('2 operations').waitFor()
            await page.getByText('/later', { exact: true }).waitFor()
            // Where tools may not call nothing is fetched either.
            await page.getByLabel('Address of the document').fill('http://10.0.0.1/openapi.json')
            await page.keyboard.press('Enter')
            await page.getByRole('alert').filter({ hasText: '10.0.0.1' }).waitFor()
            await page.getByText('2 operations').waitFor()
            await write(page, JSON.stringify(document))
            await page.getByLabel('How it shows who it is').selectOption('api-key')
            await page.getByLabel('Name of the header').fill('x-key')
            await page.getByLabel('Secret').fill('hidden')
            await page.getByRole('button', { name: 'Create' }).click()
            await page.getByLabel('Operation', { exact: true }).selectOption('later')
            await page.getByLabel('city').fill('Rome')
            await page.getByRole('button', { name: 'Call' }).click()
            await page.getByText('"/later?city=Rome"').waitFor()
            await page.getByRole('link', { name: 'Edit' }).click()
            await page.getByLabel('How it shows who it is').waitFor()
            expect(await page.getByLabel('How it shows who it is').inputValue()).toBe('kept')
            expect(await page.content()).not.toContain('hidden"')
          },
          NOT_FETCHED,
        )
      } finally {
        server.close()
      }
    })

    test('the list is searched, and what is looked for stands in the address', async () => {
      const { name } = await made()
      await made()
      await flows().page('/tools', async (page) => {
        await page.getByLabel('Search').fill(name)
        await page.getByRole('link', { name }).waitFor()
        await expect.poll(() => page.getByRole('main').getByRole('listitem').count()).toBe(1)
        expect(page.url()).toContain(`search=${name}`)
        await page.getByLabel('Search').fill('nothing has this')
        await page.getByText('Nothing found').waitFor()
        await page.goto('/tools?scope=system')
        await page.getByText('No tools yet').waitFor()
      })
    })
  })
}

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const DIST = fileURLToPath(new URL('../dist', import.meta.url))
const AGENT = fileURLToPath(new URL('../../agent/dist', import.meta.url))
const LIBRARY = fileURLToPath(new URL('../../sandbox/dist', import.meta.url))

/** What a bundle imports at once, and not when it is first used: itself, its chunks, and packages. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  for (const [, specifier = ''] of text.matchAll(/\b(?:import|export)\b[^()'"`;]*?(?:from)?\s*"([^"]+)"/g)) {
    if (specifier.startsWith('.')) loadedWith(join(dirname(file), specifier), seen)
    else seen.add(specifier)
  }
  return seen
}

/** The same without files of ours, whose path is anything. */
const installed = (file: string) => [...loadedWith(file)].filter((each) => !isAbsolute(each))

test.each([join(DIST, 'http/index.js'), join(DIST, 'cli/main.js'), join(LIBRARY, 'sandbox/index.js')])(
  '%s loads nothing of agents, the Model Context Protocol and OpenTelemetry before it is used',
  (entry) => {
    const loaded = installed(entry)
    expect(loaded.some((each) => each.startsWith('node:'))).toBe(true)
    expect(
      loaded.filter((each) =>
        /modelcontextprotocol|agentchat-sandbox-(mcp|agent)|eventsource|langchain|langgraph|opentelemetry/.test(
          each,
        ),
      ),
    ).toEqual([])
  },
)

test('the library loads the patterns of secrets only when they are wanted', () => {
  const files = [...loadedWith(join(LIBRARY, 'sandbox/index.js'))].filter(isAbsolute)
  const holders = (folder: string) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.js'))
      .filter((name) => readFileSync(join(folder, name), 'utf8').includes('secretlint-rule-npm'))
  expect(holders(join(LIBRARY, 'chunks'))).toHaveLength(1)
  expect(files.filter((file) => readFileSync(file, 'utf8').includes('secretlint-rule-npm'))).toEqual([])
})

test.each(['agent/index.js', 'openai/index.js'])('%s of the agent loads nothing of LangChain', (entry) => {
  const loaded = installed(join(AGENT, entry))
  expect(loaded).toContain('zod')
  expect(loaded.filter((each) => /langchain|langgraph/.test(each))).toEqual([])
})

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const PACKAGES = fileURLToPath(new URL('../..', import.meta.url))

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

test.each([
  'server/dist/http/index.js',
  'server/dist/cli/main.js',
  'sandbox/dist/sandbox/index.js',
  'sandbox/dist/cli/main.js',
  'agent/dist/agent/index.js',
  'agent/dist/openai/index.js',
])('%s loads nothing of the Model Context Protocol and of LangChain before it is used', (entry) => {
  const loaded = [...loadedWith(join(PACKAGES, entry))]
  expect(loaded.length).toBeGreaterThan(1)
  expect(loaded.filter((each) => /modelcontextprotocol|agentchat-sandbox-mcp|langchain/.test(each))).toEqual(
    [],
  )
})

import { expect } from 'vitest'
import type { Somebody, TestService } from '../fixtures/service.ts'

const GREET = `def main(city: str, times: int = 1) -> str:
    """Greet a city.

    Args:
        city: its name
    """
    return f"Hello, {city}! " * times
`

/** Makes a tool as somebody. */
export async function makeTool(service: TestService, who: Somebody, tool: object) {
  const made = await service.as(who)('POST', 'tools', tool)
  expect(made.body).toMatchObject({ version: 1 })
  return made.body
}

/** A tool that greets. */
export function greeting(name: string, more: object = {}) {
  return { name, kind: 'python', definition: { code: GREET }, ...more }
}

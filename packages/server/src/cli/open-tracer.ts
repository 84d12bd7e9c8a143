import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from 'agentchat-sandbox-base/command/outcome'
import { ownTree } from 'agentchat-sandbox-base/disk/own-tree'
import { type Config, headerValue } from '../config.ts'
import { silentTracer, type Tracer } from '../tracing/tracer.ts'
import { readVersion } from './version.ts'

/**
 * What notes traces: nothing, where no collector is configured. `lost` is told that spans were lost.
 * @throws UsageError when the packages that send them are not installed
 */
export async function openTracer(
  { tracesUrl: url, tracesHeaders, tracesRatio: ratio }: Config,
  lost: (reason: Error) => void,
): Promise<Tracer> {
  if (url === undefined) return silentTracer
  const headers = Object.fromEntries(
    tracesHeaders.map((entry) => [entry.slice(0, entry.indexOf('=')), headerValue(entry)]),
  )
  try {
    const { otlpTracer } = await import('../tracing/otlp-tracer.ts')
    return otlpTracer({ url, headers, ratio, version: readVersion(), lost })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error
    throw new UsageError(
      `AGENTCHAT_TRACES_URL needs packages that are not installed: npm install ${packages().join(' ')}`,
      { cause: error },
    )
  }
}

/** Those that send spans, with the versions that fit together. */
function packages(): string[] {
  const path = join(ownTree(import.meta.url).packageFolder, 'package.json')
  const { peerDependencies } = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly peerDependencies: Readonly<Record<string, string>>
  }
  return Object.entries(peerDependencies).map(([name, version]) => `${name}@${version}`)
}

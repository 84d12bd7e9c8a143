import { z } from 'zod'
import { late } from '../../protocol/late.ts'
import { hostEnvironment } from '../host/host-environment.ts'
import type { Grants } from '../permissions/grants.ts'
import { CallError } from './call-error.ts'
import { HostBridge } from './host-bridge.ts'
import type { HostService } from './host-service.ts'
import { NetService } from './net-service.ts'
import { RunService } from './run-service.ts'
import type { BridgeUses } from './use-counter.ts'

/** The bridge of one worker, with everything that is granted; what is not, each service refuses and notes. */
export function makeBridge(grants: Grants): HostBridge {
  const searchPath = hostEnvironment().PATH ?? ''
  return new HostBridge((uses) => [
    new NetService(grants.net, uses),
    new RunService({ grants, searchPath }, uses),
    new LibraryRefusals(uses),
  ])
}

const openSchema = late(() => z.strictObject({ path: z.string().max(5000) }))

/**
 * Python asks for a library of the host where `allowFfi` grants none: refused, and noted for the receipt. Where some are
 * granted the worker opens them itself, and Deno notes it.
 */
class LibraryRefusals implements HostService {
  readonly calls: HostService['calls']

  constructor(uses: BridgeUses) {
    this.calls = {
      'ffi.open': async (params) => {
        const { path } = openSchema().parse(params)
        uses.denied.add('ffi', path)
        throw new CallError(
          'denied',
          `Cannot open the library ${JSON.stringify(path)}: "allowFfi" grants none`,
        )
      },
    }
  }

  close(): void {}
}

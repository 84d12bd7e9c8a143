import { z } from 'zod'
import { late } from '../../protocol/late.ts'
import { CallError } from './call-error.ts'
import type { HostService } from './host-service.ts'
import type { BridgeUses } from './use-counter.ts'

const openSchema = late(() => z.strictObject({ path: z.string().max(5000) }))

/**
 * Python asks for a library of the host where `allowFfi` grants none: refused, and noted for the receipt. Where some are
 * granted the worker opens them itself, and Deno notes it.
 */
export class LibraryRefusals implements HostService {
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

import type { Grants } from '../permissions/grants.ts'
import { HostBridge } from './host-bridge.ts'
import { NetService } from './net-service.ts'

/** The bridge of one worker, with everything that is granted; what is not, each service refuses and notes. */
export function makeBridge({ net }: Grants): HostBridge {
  return new HostBridge((uses) => [new NetService(net, uses)])
}

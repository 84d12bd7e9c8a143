import { hostEnvironment } from '../host/host-environment.ts'
import type { Grants } from '../permissions/grants.ts'
import { HostBridge } from './host-bridge.ts'
import { LibraryRefusals } from './library-refusals.ts'
import { NetService } from './net-service.ts'
import { RunService } from './run-service.ts'

/** The bridge of one worker, with everything that is granted; what is not, each service refuses and notes. */
export function makeBridge(grants: Grants): HostBridge {
  const searchPath = hostEnvironment().PATH ?? ''
  return new HostBridge((uses) => [
    new NetService(grants.net, uses),
    new RunService({ grants, searchPath }, uses),
    new LibraryRefusals(uses),
  ])
}

import type { NetGuard } from 'agentchat-sandbox'
import type { DocumentGate } from 'agentchat-sandbox-base/gate/document-gate'
import type { SchemaGate } from 'agentchat-sandbox-base/gate/schema-gate'
import type { Database } from '../db/index.ts'
import type { Logger } from '../logger.ts'
import type { LiveAgentRun } from './agents/live-agent-run.ts'
import type { DeedLimit } from './deed-limit.ts'
import type { DiskSpace } from './disk-space.ts'
import type { FairPlaces } from './executions/fair-places.ts'
import type { FileStore } from './executions/file-store.ts'
import type { Quotas } from './executions/quotas.ts'
import type { RunRegistry } from './executions/run-registry.ts'
import type { Policy } from './policy.ts'
import type { ReadCache } from './read-cache.ts'
import type { SandboxSet } from './sandbox-set.ts'
import type { SecretBox } from './secret-box.ts'
import type { SessionMeans } from './sessions/session-means.ts'
import type { SpaceKeeper } from './space-keeper.ts'
import type { AttemptLimit } from './users/attempt-limit.ts'
import type { KeyUse } from './users/key-use.ts'
import type { OpenId } from './users/open-id-provider.ts'
import type { Rights } from './users/rights.ts'
import type { SignIn } from './users/sign-in.ts'
import type { StartLimit } from './users/start-limit.ts'
import type { WebhookSender } from './webhooks/webhook-sender.ts'
import type { WorkerHealth } from './worker-health.ts'

/** What every use case works with. */
export interface ServiceContext {
  readonly db: Database
  readonly logger: Logger
  /** The name of this service; what it left behind when it was killed is found by it. */
  readonly instance: string
  readonly secrets: SecretBox
  readonly sandboxes: SandboxSet
  readonly policy: Policy
  readonly signIn: SignIn
  /** Null when there is no other service to sign in with. */
  readonly openId: OpenId | null
  /** Where users find the service. */
  readonly publicUrl: string
  readonly attempts: AttemptLimit
  readonly starts: StartLimit
  readonly deeds: DeedLimit
  readonly keyUse: KeyUse
  readonly cache: ReadCache
  readonly runs: RunRegistry
  readonly agentRuns: RunRegistry<LiveAgentRun>
  readonly rights: Rights
  /** For executions outside of sessions, which have places of their own. */
  readonly places: FairPlaces
  readonly quotas: Quotas
  readonly netGuard: NetGuard
  /** The same for endpoints of models. */
  readonly modelGuard: NetGuard
  /** Check what strangers send, in processes of their own. */
  readonly schemas: SchemaGate
  readonly documents: DocumentGate
  readonly fileStore: FileStore
  readonly sessions: SessionMeans
  readonly disk: DiskSpace
  readonly space: SpaceKeeper
  readonly webhooks: WebhookSender
  readonly workerHealth: WorkerHealth
}

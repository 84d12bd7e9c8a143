import type { NetGuard } from 'agentchat-sandbox'
import type { DocumentGate } from 'agentchat-sandbox-base/gate/document-gate'
import type { SchemaGate } from 'agentchat-sandbox-base/gate/schema-gate'
import type { ConnectionCounts, Database } from '../db/index.ts'
import type { Logger } from '../logger.ts'
import type { Tracer } from '../tracing/tracer.ts'
import type { LiveAgentRun } from './agents/live-agent-run.ts'
import type { TokenQuota } from './agents/token-quota.ts'
import type { AnomalyWatch } from './anomalies/anomaly-watch.ts'
import type { AuditLog } from './audit/audit-log.ts'
import type { Refusals } from './audit/refusals.ts'
import type { LiveBatch } from './batches/live-batch.ts'
import type { DeedLimit } from './deed-limit.ts'
import type { DiskSpace } from './disk-space.ts'
import type { DisplayFrames } from './executions/display-frames.ts'
import type { FairPlaces } from './executions/fair-places.ts'
import type { FileStore } from './executions/file-store.ts'
import type { Machines } from './executions/machines.ts'
import type { Quotas } from './executions/quotas.ts'
import type { ReaderPlaces } from './executions/reader-places.ts'
import type { RunRegistry } from './executions/run-registry.ts'
import type { ListedSecrets } from './listed-secrets.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { LiveUsage } from './monitor/live-usage.ts'
import type { RunSums } from './monitor/run-sums.ts'
import type { Policy } from './policy.ts'
import type { ReadCache } from './read-cache.ts'
import type { SandboxSet } from './sandbox-set.ts'
import type { SecretBox } from './secret-box.ts'
import type { Means } from './sessions/means.ts'
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
  /** What the pool of connections to it has. */
  readonly connections: () => ConnectionCounts
  readonly logger: Logger
  readonly tracer: Tracer
  /** The name of this service; what it left behind when it was killed is found by it. */
  readonly instance: string
  readonly secrets: SecretBox
  readonly listed: ListedSecrets
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
  /** What gives recorded deeds their places in the log. */
  readonly auditLog: AuditLog
  readonly refusals: Refusals
  readonly keyUse: KeyUse
  readonly cache: ReadCache
  readonly runs: RunRegistry
  /** What those that go on take. */
  readonly live: LiveUsage
  readonly metrics: Metrics
  /** What becomes of executions, in sum. */
  readonly runSums: RunSums
  /** Judges executions that are over. */
  readonly anomalies: AnomalyWatch
  readonly agentRuns: RunRegistry<LiveAgentRun>
  readonly batches: RunRegistry<LiveBatch>
  readonly rights: Rights
  /** What runs code in place of this process; null where this process does. */
  readonly machines: Machines | null
  /** For executions outside of sessions, which have places of their own. */
  readonly places: FairPlaces
  readonly quotas: Quotas
  readonly readerPlaces: ReaderPlaces
  readonly agentTokens: TokenQuota
  readonly netGuard: NetGuard
  /** The same for endpoints of models. */
  readonly modelGuard: NetGuard
  /** Check what strangers send, in processes of their own. */
  readonly schemas: SchemaGate
  readonly documents: DocumentGate
  readonly fileStore: FileStore
  /** Tokens of frames that show displays. */
  readonly frames: DisplayFrames
  readonly sessions: Means
  readonly disk: DiskSpace
  readonly space: SpaceKeeper
  readonly webhooks: WebhookSender
  readonly workerHealth: WorkerHealth
}

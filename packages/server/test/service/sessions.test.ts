import { describeService } from './fixtures/service.ts'
import { limitsOfSessions } from './sessions/limits.ts'
import { statesOfSessions } from './sessions/states.ts'
import { useOfSessions } from './sessions/use.ts'

const MIB = 2 ** 20

describeService(
  'sessions',
  (service) => {
    useOfSessions(service)
    statesOfSessions(service)
    limitsOfSessions(service)
  },
  {
    policy: {
      quotas: {
        concurrent: 8,
        perMinute: 1000,
        cpuSecondsPerDay: 3600,
        storageBytes: 256 * MIB,
        sessions: 50,
      },
    },
    sessions: { idleSeconds: 2, maxLive: 2 },
  },
)

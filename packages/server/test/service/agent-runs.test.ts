import { afterAll, beforeAll } from 'vitest'
import { branchingRuns } from './agent-runs/branching.ts'
import { endsOfRuns } from './agent-runs/endings.ts'
import { oddValues } from './agent-runs/odd-values.ts'
import { ScriptedAgents } from './agent-runs/scripted-agents.ts'
import { solvingTasks } from './agent-runs/solving.ts'
import { describeServiceOnce } from './fixtures/service.ts'

describeServiceOnce('runs of agents', (service) => {
  let agents: ScriptedAgents

  beforeAll(async () => {
    agents = await ScriptedAgents.start(service())
  })
  afterAll(() => agents[Symbol.asyncDispose]())

  solvingTasks(service, () => agents)
  endsOfRuns(service, () => agents)
  branchingRuns(service, () => agents)
  oddValues(() => agents)
})

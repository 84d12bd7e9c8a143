import { afterAll, beforeAll } from 'vitest'
import { type Flows, startFlows as start } from './fixtures/browser.ts'
import { accessFlows } from './flows/access.ts'
import { activityFlows } from './flows/activity.ts'
import { administrationFlows } from './flows/administration.ts'
import { agentFlows } from './flows/agent.ts'
import { anomalyFlows } from './flows/anomalies.ts'
import { batchFlows } from './flows/batches.ts'
import { documentFlows } from './flows/documents.ts'
import { editorFlows } from './flows/editor.ts'
import { hostileFlows } from './flows/hostile.ts'
import { keyboardFlows } from './flows/keyboard.ts'
import { moreKeyboardFlows } from './flows/keyboard-more.ts'
import { keyboardTabFlows } from './flows/keyboard-tabs.ts'
import { linkFlows } from './flows/links.ts'
import { looksFlows } from './flows/looks.ts'
import { outputFlows } from './flows/output.ts'
import { phoneFlows } from './flows/phones.ts'
import { playgroundFlows } from './flows/playground.ts'
import { recordFlows } from './flows/records.ts'
import { sessionFlows } from './flows/sessions.ts'
import { startFlows } from './flows/start.ts'
import { tabFlows } from './flows/tabs.ts'
import { toolListFlows } from './flows/tool-list.ts'
import { toolFlows } from './flows/tools.ts'

// All flows share one service and one browser: starting these takes longer than most of the flows.
let flows: Flows | null = null
beforeAll(async () => {
  flows = await start({
    ...{ AGENTCHAT_TOOLS_ALLOW_NET: '127.0.0.1', AGENTCHAT_MODELS_ALLOW_NET: '127.0.0.1' },
    AGENTCHAT_MAX_LIVE_SESSIONS: '2',
  })
})
afterAll(async () => await flows?.[Symbol.asyncDispose]())

const running = () => {
  if (flows === null) throw new Error('the service or the browser did not start')
  return flows
}

startFlows(running)
tabFlows(running)
playgroundFlows(running)
editorFlows(running)
outputFlows(running)
sessionFlows(running)
toolFlows(running)
toolListFlows(running)
documentFlows(running)
activityFlows(running)
recordFlows(running)
batchFlows(running)
agentFlows(running)
administrationFlows(running)
anomalyFlows(running)
linkFlows(running)
accessFlows(running)
looksFlows(running)
phoneFlows(running)
keyboardFlows(running)
moreKeyboardFlows(running)
keyboardTabFlows(running)
hostileFlows(running)

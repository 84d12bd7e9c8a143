import { queries } from './client.ts'

/** The console in other tabs of this browser. */
const tabs = new BroadcastChannel('agentchat-console')

/** What was read under this key is not what it was: it is read again, in other tabs, too. */
export async function readAgain(...queryKey: readonly unknown[]): Promise<void> {
  tabs.postMessage(queryKey)
  await queries.invalidateQueries({ queryKey })
}

/** Has this tab read again what another one has changed, until the function that it gives is called. */
export function hearTabs(): () => void {
  const hear = ({ data }: MessageEvent<unknown>) => {
    if (Array.isArray(data)) void queries.invalidateQueries({ queryKey: data })
  }
  tabs.addEventListener('message', hear)
  return () => tabs.removeEventListener('message', hear)
}

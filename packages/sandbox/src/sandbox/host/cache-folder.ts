import { homedir } from 'node:os'
import { join } from 'node:path'
import { hostEnvironment } from './host-environment.ts'

/**
 * Where images are kept unless the caller says so: `AGENTCHAT_CACHE_DIR`, else the platform's cache folder.
 */
export function defaultCacheFolder(
  env: NodeJS.ProcessEnv = hostEnvironment(),
  platform = process.platform,
): string {
  if (env.AGENTCHAT_CACHE_DIR) return env.AGENTCHAT_CACHE_DIR
  switch (platform) {
    case 'darwin':
      return join(homedir(), 'Library', 'Caches', 'agentchat-sandbox')
    case 'win32':
      return join(env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'agentchat-sandbox', 'Cache')
    default:
      return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'agentchat-sandbox')
  }
}

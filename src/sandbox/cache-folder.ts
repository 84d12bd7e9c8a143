import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Where images are kept unless the caller says so: `AGENTCHAT_CACHE_DIR`, else the platform's cache folder. The
 * environment is read here and not only in the command, because the library promises the same.
 */
export function defaultCacheFolder(
  env: NodeJS.ProcessEnv = process.env,
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

/**
 * The environment of the host process, for the four things of it that the library promises to heed: where the cache
 * is (`AGENTCHAT_CACHE_DIR`), whether packages may be fetched (`AGENTCHAT_OFFLINE`), the values of the variables that
 * `allowEnv` grants, and `PATH` to find bubblewrap.
 */
export function hostEnvironment(): NodeJS.ProcessEnv {
  return process.env
}

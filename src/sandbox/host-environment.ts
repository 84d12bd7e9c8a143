/**
 * The environment of the host process, for the three things of it that the library promises to heed: where the cache
 * is (`AGENTCHAT_CACHE_DIR`), the values of the variables that `allowEnv` grants, and `PATH` to find bubblewrap.
 */
export function hostEnvironment(): NodeJS.ProcessEnv {
  return process.env
}

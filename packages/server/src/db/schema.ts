/** The tables, by area. */
export * from './tables/agent-runs.ts'
export * from './tables/audit.ts'
export * from './tables/executions.ts'
export * from './tables/models.ts'
export * from './tables/sessions.ts'
export * from './tables/tools.ts'
export * from './tables/users.ts'

export type { Logger } from '../logger.ts'
export type { Policy } from '../services/policy.ts'
export type { App } from './app.ts'
export { type Service, type ServiceOptions, startService } from './start-service.ts'

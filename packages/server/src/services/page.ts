export type { Page, PageRequest } from '../db/queries/page.ts'

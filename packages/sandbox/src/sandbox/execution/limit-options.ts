import { z } from 'zod'
import { late } from '../../protocol/late.ts'

const DAY_SECONDS = 86_400
/** A 32-bit WebAssembly memory ends at 4 GiB. */
const MAX_MEMORY_MB = 4096
/** The interpreter itself takes 31 MiB; below this nothing useful runs. */
const MIN_MEMORY_MB = 40

/** Seconds of wall clock or CPU time: more than 0, at most a day. */
export const secondsSchema = late(() => z.number().positive().max(DAY_SECONDS))

/** Mebibytes of Python's heap. */
export const memoryLimitSchema = late(() => z.number().min(MIN_MEMORY_MB).max(MAX_MEMORY_MB))

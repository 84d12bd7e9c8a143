import { answerRequests } from './child/answer-requests.ts'
import type { SchemaRequest } from './schema/requests.ts'
import { MAX_MESSAGE_BYTES } from './schema/requests.ts'
import { SchemaChecks } from './schema/schema-checks.ts'

const checks = new SchemaChecks()

// The host that asks is ours: its requests have the form of their type.
answerRequests((request) => checks.answer(request as SchemaRequest), MAX_MESSAGE_BYTES)

import { toolArguments } from './arguments.ts'
import { bodies } from './bodies.ts'
import { connections } from './connections.ts'
import { documents, yaml } from './documents.ts'
import { framing } from './framing.ts'
import { headers } from './headers.ts'
import { manyPrograms } from './many-programs.ts'
import { hoards, quantities } from './quantities.ts'
import { questions } from './questions.ts'
import { readers } from './readers.ts'
import { schemas } from './schemas.ts'
import { sessionFiles } from './session-files.ts'
import { shapes } from './shapes.ts'
import { signIn } from './sign-in.ts'
import { upstreams } from './upstreams.ts'
import { webhooks } from './webhooks.ts'

/** Every attack over HTTP. */
export const ATTACKS = [
  ...bodies,
  ...connections,
  ...framing,
  ...headers,
  ...schemas,
  ...toolArguments,
  ...yaml,
  ...documents,
  ...upstreams,
  ...sessionFiles,
  ...readers,
  ...webhooks,
  ...manyPrograms,
  ...hoards,
  ...quantities,
  ...shapes,
  ...questions,
  ...signIn,
]

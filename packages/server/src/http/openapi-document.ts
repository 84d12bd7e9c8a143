import type { OpenAPIHono } from '@hono/zod-openapi'
import { addExamples } from './add-examples.ts'
import type { AppEnv } from './environment.ts'

const LICENSE = { name: 'MIT', identifier: 'MIT' }

/** The description of the service (OpenAPI 3.1), from the schemas that check its requests. */
export function describeApi(
  app: Pick<OpenAPIHono<AppEnv>, 'openAPIRegistry' | 'getOpenAPI31Document'>,
  { version, publicUrl }: { readonly version: string; readonly publicUrl: string },
) {
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key',
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'cookie', {
    type: 'apiKey',
    in: 'cookie',
    name: `${publicUrl.startsWith('https:') ? '__Secure-' : ''}agentchat.session_token`,
    description: 'Set by signing in',
  })
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'AgentChat Sandbox',
      version,
      description:
        'Runs Python that nobody has reviewed, and the tools of users. Errors are problem documents (RFC 9457) ' +
        'whose "code" is stable.',
      license: LICENSE,
    },
    servers: [{ url: publicUrl }],
  })
  addExamples(document)
  return document
}

/** The document that describes the service. */
export type ApiDocument = ReturnType<typeof describeApi>

import { body, service } from './client.ts'
import { everyItem } from './every-item.ts'
import { readAgain } from './read-again.ts'

/** Every tool that the caller can see, the newest first. */
export const toolsQuery = (scope: 'mine' | 'system' | 'all') => ({
  queryKey: ['tools', 'list', scope],
  queryFn: async () => await everyItem((wish) => body(service.tools.$get({ query: { scope, ...wish } }))),
})

export const readTool = async (id: string) => await body(service.tools[':id'].$get({ param: { id } }))
export const toolQuery = (id: string) => ({ queryKey: ['tools', id], queryFn: () => readTool(id) })

export type Tool = Awaited<ReturnType<typeof readTool>>
export type NewTool = Parameters<typeof service.tools.$post>[0]['json']
export type ToolChange = Parameters<(typeof service.tools)[':id']['$patch']>[0]['json']

export const createTool = async (json: NewTool) => await changed(body(service.tools.$post({ json })))

/** What could be called of a document, or what is wrong with it; by its text, or from where the service fetches it. */
export const previewDocument = async (json: { readonly document: string } | { readonly url: string }) =>
  await body(service.tools.preview.$post({ json }))

export type DocumentPreview = Awaited<ReturnType<typeof previewDocument>>

/** What a change is based on. */
const ifMatch = ({ version }: Pick<Tool, 'version'>) => ({ 'if-match': `"${version}"` })

export const changeTool = async (tool: Tool, json: ToolChange) =>
  await changed(body(service.tools[':id'].$patch({ param: { id: tool.id }, header: ifMatch(tool), json })))

export const removeTool = async (tool: Tool) =>
  await changed(body(service.tools[':id'].$delete({ param: { id: tool.id }, header: ifMatch(tool) })))

export const rollBackTool = async (tool: Tool, version: number) =>
  await changed(
    body(
      service.tools[':id']['roll-back'].$post({
        param: { id: tool.id },
        header: ifMatch(tool),
        json: { version },
      }),
    ),
  )

export const versionsQuery = (id: string) => ({
  queryKey: ['tools', id, 'versions'],
  queryFn: async () =>
    await everyItem((wish) => body(service.tools[':id'].versions.$get({ param: { id }, query: wish }))),
})

export const versionQuery = (id: string, version: number) => ({
  queryKey: ['tools', id, 'versions', version],
  queryFn: async () =>
    await body(service.tools[':id'].versions[':version'].$get({ param: { id, version: String(version) } })),
})

export const executeTool = async (id: string, args: Record<string, unknown>, operation: string | undefined) =>
  await body(
    service.tools[':id'].execute.$post({ param: { id }, json: { arguments: args, operation }, header: {} }),
  )

async function changed<Answer>(asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked
  await readAgain('tools')
  return answer
}

/** One operation of a tool that is another service. */
export interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly description: string
  readonly parameters: Readonly<Record<string, unknown>>
}

/** What can be called of a tool, each with the schema of its arguments. */
export function operationsOf({ kind, definition, parameters, name }: Tool): readonly Operation[] {
  const known: unknown = definition.operations
  if (kind === 'openapi' && Array.isArray(known)) return known as Operation[]
  return [{ id: name, method: '', path: '', description: '', parameters }]
}

import type { McpServer } from '@modelcontextprotocol/server'

/** A picture of one point, as base64. */
export const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='
const SILENCE = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA='

/** Content that is a text. */
export const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] })
/** Content that is a picture. */
export const image = { type: 'image' as const, data: PIXEL, mimeType: 'image/png' }
/** Content that is a resource. */
export const resource = (uri: string, mimeType: string, body: string) => ({
  type: 'resource' as const,
  resource: { uri, mimeType, text: body },
})

/** Tools that answer with each kind of content. */
export function addContent(server: McpServer): void {
  const contents = {
    test_simple_text: [{ type: 'text' as const, text: 'This is a simple text response for testing.' }],
    test_image_content: [image],
    test_audio_content: [{ type: 'audio' as const, data: SILENCE, mimeType: 'audio/wav' }],
    test_embedded_resource: [resource('test://embedded-resource', 'text/plain', 'Embedded')],
    test_multiple_content_types: [
      { type: 'text' as const, text: 'Multiple content types test:' },
      image,
      resource('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
    ],
  }
  for (const [name, content] of Object.entries(contents)) {
    server.registerTool(name, { description: name }, async () => ({ content }))
  }
  server.registerTool('test_error_handling', { description: 'Fails' }, async () => {
    throw new Error('This tool intentionally returns an error for testing')
  })
}

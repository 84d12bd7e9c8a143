import { expect, test } from 'vitest'
import { NO_FILES } from '../permissions/file-access.ts'
import { launchWorker } from './launch.ts'

test('launchWorker() starts the program that builds an image behind both walls, with one folder to write to', () => {
  const output = '/cache/draft/made'
  const { args } = launchWorker({
    deno: '/deno',
    image: '/cache/draft',
    denoDir: '/cache/draft/deno',
    wall: { bubblewrap: '/usr/bin/bwrap', sealed: true, filtered: false },
    files: { ...NO_FILES, write: [output], binds: [{ target: output, writable: true }] },
    audit: null,
    program: { name: 'build-image', argument: (image) => ({ image }) },
  })
  const line = args.join(' ')
  expect(line).toMatch(/ \/usr\/bin\/bwrap --unshare-user .*--unshare-net /)
  expect(line).toContain('--ro-bind /cache/draft /app/image')
  const written = args.filter((_arg, index) => /^--bind(-try)?$/.test(args[index - 1] ?? ''))
  expect(written).toEqual([output, '/cache/draft/deno'])
  expect(args.filter((arg) => arg.startsWith('--allow'))).toEqual([
    '--allow-read=/app/image',
    `--allow-write=${output}`,
  ])
  expect(args.slice(-2)).toEqual([
    expect.stringMatching(/^\/app\/runner\/build-image\.[jt]s$/),
    '{"image":"/app/image"}',
  ])
})

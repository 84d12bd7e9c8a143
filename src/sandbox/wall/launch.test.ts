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
  expect(line).toContain('/usr/bin/bwrap --unshare-user --unshare-pid --unshare-net')
  expect(line).toContain('--ro-bind /cache/draft /app/image')
  expect(args.filter((_arg, index) => args[index - 1] === '--bind')).toEqual([output, '/cache/draft/deno'])
  expect(args.filter((arg) => arg.startsWith('--allow'))).toEqual([
    '--allow-read=/app/image',
    `--allow-write=${output}`,
  ])
  expect(args.slice(-2)).toEqual([
    expect.stringMatching(/^\/app\/runner\/build-image\.[jt]s$/),
    '{"image":"/app/image"}',
  ])
})

import { expect, test } from 'vitest'
import { runNative } from '../fixtures/native-libraries.ts'

test('agentchat_ffi can be imported where nothing is granted, and opening raises PermissionError', async () => {
  const code = `
import errno
try: agentchat_ffi.open('/l/libx.so')
except PermissionError as error: first = [error.errno == errno.EACCES, error.strerror]
[first, agentchat_ffi.open('libm.so.6')]`
  const { error, permissions } = await runNative({}, code)
  expect(error).toMatchObject({ kind: 'permission', name: 'PermissionError' })
  expect(error?.message).toContain('Cannot open the library "libm.so.6": "allowFfi" grants none')
  expect(permissions).toMatchObject({
    granted: { ffi: false },
    used: [],
    denied: [
      { kind: 'ffi', value: '/l/libx.so', count: 1 },
      { kind: 'ffi', value: 'libm.so.6', count: 1 },
    ],
  })
})

test('ctypes says where libraries of the host are', async () => {
  const { result } = await runNative({}, `import ctypes\nattempt(lambda: ctypes.CDLL('/usr/lib/libm.so.6'))`)
  expect(result).toMatch(/^OSError: .*\/usr\/lib\/libm\.so\.6/)
  expect(result).toMatch(/"agentchat_ffi".*"allowFfi"/)
})

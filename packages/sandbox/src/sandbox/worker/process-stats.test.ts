import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { bytesIn, readStats } from './process-stats.ts'

/** Of a kernel with pages of 64 KiB. */
const STATUS = 'Name:\tdeno\nVmPeak:\t  900032 kB\nVmHWM:\t  131136 kB\nVmRSS:\t   65600 kB\nThreads:\t9\n'

test('bytesIn() reads what the kernel says in kB, whatever a page is', () => {
  expect(bytesIn(STATUS, 'VmRSS')).toBe(65_600 * 1024)
  expect(bytesIn(STATUS, 'VmHWM')).toBe(131_136 * 1024)
  expect(bytesIn('Name:\tkthreadd\n', 'VmRSS')).toBe(0)
})

test.runIf(process.platform === 'linux')('readStats() asks no file that counts in pages for memory', () => {
  const [, pages = ''] = readFileSync('/proc/self/statm', 'latin1').split(' ')
  const { residentBytes = 0 } = readStats(process.pid) ?? {}
  expect(residentBytes / Number(pages)).toBeGreaterThan(2048)
  expect(Math.abs(residentBytes - process.memoryUsage().rss)).toBeLessThan(32 * 2 ** 20)
  expect(readStats(2 ** 22 + 1)).toBeNull()
})

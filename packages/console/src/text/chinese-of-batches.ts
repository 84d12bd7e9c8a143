import type { englishOfBatches } from './english-of-batches.ts'
import type { Words } from './words.ts'

/** The words of batches. */
export const chineseOfBatches: Words<typeof englishOfBatches> = {
  title: '批次',
  one: '批次',
  lead: '一次运行许多程序，每个都有全新的解释器。',
  emptyTitle: '还没有批次',
  empty: '一个批次最多运行 10,000 个程序。通过 HTTP 的 POST /api/v1/batches 开始，结果列在这里。',
  programs_one: '{{amount}} 个程序',
  programs_other: '{{amount}} 个程序',
  program: '程序',
  openOne: '程序 {{number}}',
  progress: '已运行',
  succeeded: '成功',
  notSucceeded: '未成功',
  concurrency: '同时运行',
  results: '结果',
  noResults: '尚无程序运行完。',
  summary: '开头',
  pages: '结果分页',
  range: '第 {{from}} 至 {{to}} 个，共 {{all}} 个',
  previous: '上一页',
  next: '下一页',
  statuses: {
    running: '运行中',
    finished: '已完成',
    cancelled: '已停止',
    interrupted: '被中断',
    failed: '失败',
  },
}

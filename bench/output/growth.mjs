const MB = 1e6
const SAMPLE_MS = 10

/**
 * How much this process grows, at most, while something is done.
 * @template Value
 * @param {() => Promise<Value>} action
 * @returns {Promise<{ growthMb: number, value: Value }>}
 */
export async function growthWhile(action) {
  const before = process.memoryUsage.rss()
  let peak = before
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, SAMPLE_MS)
  try {
    const value = await action()
    return { growthMb: (Math.max(peak, process.memoryUsage.rss()) - before) / MB, value }
  } finally {
    clearInterval(watch)
  }
}

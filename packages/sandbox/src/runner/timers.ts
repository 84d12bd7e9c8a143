/**
 * Timers in the place of Deno's own: the first of those loads a good part of Node's modules, which takes 9 ms and cannot be
 * done any more when the prototypes are frozen. What stands behind an `AbortSignal` needs none of them.
 */

interface Timer {
  readonly id: number
  /** When it is due, by the clock of the process, in milliseconds. */
  readonly due: number
  readonly callback: () => void
}

/** Longest time that is waited at once, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1

// Taken before user code runs: it may replace what it can reach.
const now = performance.now.bind(performance)
const alarm = AbortSignal.timeout.bind(AbortSignal)

/** Those that are not due yet, the next one last. */
const waiting: Timer[] = []
/** Due times of alarms that cannot be cancelled, the next one last. */
const alarms: number[] = []
let lastId = 0

/** Calls back when so much time has passed, never earlier. Of two that are due at the same time the first comes first. */
export function setTimer(callback: () => void, delayMs: number): number {
  lastId += 1
  const timer: Timer = { id: lastId, due: now() + Math.max(0, delayMs), callback }
  waiting.splice(placeOf(timer.due), 0, timer)
  arm()
  return lastId
}

/** It is not called any more. */
export function clearTimer(id: number): void {
  const index = waiting.findIndex((timer) => timer.id === id)
  if (index >= 0) waiting.splice(index, 1)
}

/** Timers of Emscripten, of Pyodide and of programs. */
const installed = new Set<number>()

/** Emscripten, Pyodide and programs find these where they look for them. */
export function installTimers(): void {
  Object.assign(globalThis, {
    setTimeout(callback: () => void, delayMs = 0) {
      const id = setTimer(() => {
        installed.delete(id)
        callback()
      }, Number(delayMs) || 0)
      installed.add(id)
      return id
    },
    clearTimeout(id: number) {
      installed.delete(id)
      clearTimer(id)
    },
  })
}

/** None of those is called any more. */
export function clearInstalledTimers(): void {
  for (const id of installed) clearTimer(id)
  installed.clear()
}

/** Where a timer stands that is due then: before those that are due at the same time, which are called first. */
function placeOf(due: number): number {
  let [low, high] = [0, waiting.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((waiting[middle]?.due ?? 0) > due) low = middle + 1
    else high = middle
  }
  return low
}

/** Sees to it that an alarm comes when the next timer is due, or earlier. */
function arm(): void {
  const next = waiting.at(-1)?.due ?? Number.POSITIVE_INFINITY
  const at = Math.min(next, now() + LONGEST_MS)
  if (next === Number.POSITIVE_INFINITY || at >= (alarms.at(-1) ?? Number.POSITIVE_INFINITY)) return
  alarms.push(at)
  alarm(Math.max(0, Math.ceil(at - now()))).addEventListener('abort', () => {
    alarms.splice(alarms.lastIndexOf(at), 1)
    ring(now())
  })
}

function ring(time: number): void {
  try {
    for (let next = waiting.at(-1); next !== undefined && next.due <= time; next = waiting.at(-1)) {
      waiting.pop()
      next.callback()
    }
  } finally {
    arm()
  }
}

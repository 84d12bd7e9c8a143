const NOTHING = '[Executed Successfully with No Output]'
const CUT = '...\n[Output Truncated]'

/** What differs between what was recorded and what came, and why; null where it is the same. */
export function compareOutcome(recorded, result, code) {
  const expected = recordedOutcome(recorded)
  const got = outcomeOf(result)
  if (expected.error !== got.error) {
    const names = `${expected.error ?? 'no error'} was recorded, ${got.error ?? 'no error'} came`
    return { reason: reasonOfError(expected, got, code), detail: names }
  }
  const [before, now] = [normal(expected.text), normal(got.text)]
  // Of a traceback only the class counts; what was printed before it counts as all output does.
  if (
    expected.error !== null
      ? now.startsWith(before) || before.startsWith(now)
      : same(before, now, expected.cut)
  )
    return null
  return {
    reason: reasonOfText(before, now, code),
    detail: `${expected.text.slice(0, 300)} | ${got.text.slice(0, 300)}`,
  }
}

function same(before, now, isCut) {
  return isCut ? now.startsWith(before) : before === now
}

function recordedOutcome(recorded) {
  if (recorded === NOTHING) return { text: '', error: null, cut: false }
  const cut = recorded.endsWith(CUT)
  const whole = cut ? recorded.slice(0, -CUT.length) : recorded
  const trace = /(^|\n)-{60,}\n(\w+)\s+Traceback \(most recent call last\)/.exec(whole)
  if (trace !== null) return { text: whole.slice(0, trace.index), error: trace[2], cut }
  const syntax = /(^|\n)\s*(?:File|Cell In)[\s\S]*\n(SyntaxError|IndentationError|TabError): /.exec(whole)
  if (syntax !== null) return { text: whole.slice(0, syntax.index), error: syntax[2], cut }
  return { text: whole.replace(/(^|\n)Out\[\d+\]: ?\n?/, '$1'), error: null, cut }
}

function outcomeOf({ stdout, resultText, error }) {
  const separator = stdout === '' || stdout.endsWith('\n') ? '' : '\n'
  return { text: `${stdout}${separator}${resultText ?? ''}`, error: error?.name ?? null }
}

/** IPython breaks long values into lines and sorts sets; addresses are always others. */
function normal(text) {
  return text
    .replace(/0x[0-9a-f]+/g, '0x')
    .replace(
      /\{([^{}:]*)\}/g,
      (_, items) =>
        `{${items
          .split(',')
          .map((each) => each.trim())
          .sort()
          .join(',')}}`,
    )
    .replace(/\s+/g, '')
}

function reasonOfError(expected, got, code) {
  if (expected.error === 'TimeoutError' || got.error === 'TimeoutError')
    return 'time limit of another machine'
  if (got.error === 'RecursionError' || expected.error === 'RecursionError') return 'depth of recursion'
  if (got.error === 'MemoryError' || expected.error === 'MemoryError') return 'memory'
  if (/\b(random|secrets|uuid)\b/.test(code)) return 'chance'
  if (/math\.(gcd|lcm)\(|->|: *(List|Dict|Tuple|Optional)\b/.test(code)) return 'another version of Python'
  if (/wikipedia_search/.test(code) || got.error === 'NameError') return 'a name of the recording machine'
  if (/^[!%]/m.test(code)) return 'a command of IPython'
  return 'other error'
}

function reasonOfText(before, now, code) {
  if (/\b(random|secrets|uuid|hash)\b/.test(code)) return 'chance'
  if (/\b(time|datetime|perf_counter)\b/.test(code)) return 'the clock'
  if (/<(class|function)/.test(before)) return 'IPython prints classes and functions in its own way'
  if (now.length > before.length && now.startsWith(before)) return 'the record was cut'
  if (/[?]|%|^!/m.test(code) && now === '') return 'a command of IPython'
  return 'other output'
}

import { memo, startTransition, useDeferredValue, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { count } from '../text/formats.ts'
import type { Line, Span, Terminal } from './terminal.ts'
import styles from './terminal-view.module.css'
import { visiblePieces } from './visible.ts'

const BLOCK = 200
const SHOWN = 10_000
const LINE_CHARS = 10_000

interface Seen {
  readonly size: number
  readonly version: number
}

const NOTHING: Seen = { size: 0, version: -1 }

/** What a program printed. `version` changes when there is more. Much of it is drawn while the page goes on. */
export function TerminalView({
  terminal,
  version,
}: {
  readonly terminal: Terminal
  readonly version: number
}) {
  const { t } = useTranslation()
  const now = useMemo(() => ({ size: terminal.size, version }), [terminal, version])
  // A few lines are there with the first drawing.
  const seen = useDeferredValue(now, terminal.size > BLOCK ? NOTHING : now)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
    <div className={styles.terminal} role="log" aria-live="off" aria-label={t('output.printed')} tabIndex={0}>
      <Blocks terminal={terminal} seen={seen} />
    </div>
  )
}

const Blocks = memo(function Blocks({
  terminal,
  seen: { size, version },
}: {
  readonly terminal: Terminal
  readonly seen: Seen
}) {
  const { t } = useTranslation()
  const [more, setMore] = useState(0)
  const first = Math.max(0, Math.ceil((size - SHOWN - more) / BLOCK) * BLOCK)
  const blocks = Array.from(
    { length: Math.ceil((size - first) / BLOCK) },
    (_, index) => first + index * BLOCK,
  )
  return (
    <>
      {first > 0 && (
        <button
          type="button"
          className={styles.more}
          onClick={() => startTransition(() => setMore(more + SHOWN))}
        >
          {t('output.earlier', { lines: count(Math.min(first, SHOWN)), all: count(first) })}
        </button>
      )}
      {terminal.dropped > 0 && first === 0 && (
        <p className={styles.note}>{t('output.dropped', { lines: count(terminal.dropped) })}</p>
      )}
      {blocks.map((from) => (
        <Block
          key={from + terminal.dropped}
          terminal={terminal}
          from={from}
          // A block that is full does not change any more.
          version={from + BLOCK < size ? -1 : version}
        />
      ))}
    </>
  )
})

const Block = memo(function Block({ terminal, from }: { terminal: Terminal; from: number; version: number }) {
  return (
    <div className={styles.block}>
      {terminal.slice(from, from + BLOCK).map((line, index) => (
        <LineView key={index} line={line} />
      ))}
    </div>
  )
})

function LineView({ line }: { readonly line: Line }) {
  const length = line.reduce((sum, { text }) => sum + text.length, 0)
  if (length > LINE_CHARS) return <LongLine line={line} length={length} />
  return <div className={styles.line}>{length === 0 ? '\u200b' : <Spans line={line} />}</div>
}

/** A line of which the beginning is shown, and more on demand. */
function LongLine({ line, length }: { readonly line: Line; readonly length: number }) {
  const { t } = useTranslation()
  const [chars, setChars] = useState(LINE_CHARS)
  return (
    <div className={styles.line}>
      <Spans line={cut(line, chars)} />
      {length > chars && (
        <button type="button" className={styles.more} onClick={() => setChars(chars + 100_000)}>
          {t('output.longLine', { chars: count(length - chars) })}
        </button>
      )}
    </div>
  )
}

function Spans({ line }: { readonly line: Line }) {
  return line.map((span, index) => (
    <span key={index} className={`${span.look} ${span.stream === 'stderr' ? styles.stderr : ''}`}>
      <Visible text={span.text} />
    </span>
  ))
}

/** A text of untrusted code, in which what cannot be seen is shown. */
export function Visible({ text }: { readonly text: string }) {
  return visiblePieces(text).map((piece, index) =>
    typeof piece === 'string' ? (
      piece
    ) : (
      <span key={index} className={styles.unseen} title={`${piece.code} ${piece.name}`}>
        {piece.code}
      </span>
    ),
  )
}

function cut(line: Line, chars: number): Span[] {
  let left = chars
  return line.flatMap((span) => {
    const text = span.text.slice(0, Math.max(0, left))
    left -= span.text.length
    return text === '' ? [] : [{ ...span, text }]
  })
}

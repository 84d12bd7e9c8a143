import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { DisplayView, TextView } from '../output/display-view.tsx'
import { FilesView } from '../output/files-view.tsx'
import { TerminalView, Visible } from '../output/terminal-view.tsx'
import { Button, Notice, ProblemNotice } from '../ui/parts.tsx'
import styles from './playground.module.css'
import { ErrorView, ReceiptView } from './receipt-view.tsx'
import type { Item, Run, RunState } from './run.ts'
import { RunStatus } from './run-status.tsx'

/** What became of a run, as far as it has come. */
export function CellOutput({ state, run }: { readonly state: RunState; readonly run: Run }) {
  const { t } = useTranslation()
  if (state.phase === 'idle') return null
  const { result, executionId } = state
  const resultText = result?.resultText ?? null
  return (
    <div className={styles.output}>
      <RunStatus state={state} />
      {shownItems(state.items).map((item, index) => (
        <ItemView key={index} item={item} state={state} run={run} />
      ))}
      {!state.isConnected && (
        <Notice tone="warn" role="status">
          {t('playground.reconnecting')}
        </Notice>
      )}
      {resultText !== null && (
        <div className={styles.value}>
          <h3>{t('playground.value')}</h3>
          <TextView text={resultText} />
        </div>
      )}
      {result?.error && <ErrorView error={result.error} />}
      {state.problem && <ProblemNotice problem={state.problem} />}
      {state.failure !== null && (
        <Notice tone="bad" role="alert">
          {state.failure}
        </Notice>
      )}
      {result && executionId !== null && <FilesView files={result.files} executionId={executionId} />}
      {result && <ReceiptView result={result} executionId={executionId} />}
    </div>
  )
}

const RICH = /^(image\/|text\/html$)/

/** What is shown comes in several forms, the plainest last: it says nothing more than the picture before it. */
function shownItems(items: readonly Item[]): readonly Item[] {
  return items.filter((item, index) => {
    const before = items[index - 1]
    if (item.kind !== 'display' || before?.kind !== 'display') return true
    return !(item.display.mime === 'text/plain' && RICH.test(before.display.mime))
  })
}

function ItemView({
  item,
  state,
  run,
}: {
  readonly item: Item
  readonly state: RunState
  readonly run: Run
}) {
  const { t } = useTranslation()
  switch (item.kind) {
    case 'text':
      return <TerminalView terminal={item.terminal} version={state.version} />
    case 'display':
      return <DisplayView display={item.display} executionId={state.executionId} number={item.number} />
    case 'tool':
      return <p className={styles.toolCall}>{t('playground.toolCall', { name: item.name })}</p>
    case 'input':
      return item.line === null && state.asks ? (
        <InputForm prompt={item.prompt} onAnswer={(line) => void run.answer(line)} />
      ) : (
        <p className={styles.asked}>
          <Visible text={item.prompt} /> <span>{item.line}</span>
        </p>
      )
  }
  item satisfies never
}

/** Python waits for a line. */
function InputForm({
  prompt,
  onAnswer,
}: {
  readonly prompt: string
  readonly onAnswer: (line: string | null) => void
}) {
  const { t } = useTranslation()
  const [line, setLine] = useState('')
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onAnswer(line)
  }
  return (
    <form className={styles.inputForm} onSubmit={submit}>
      <label>
        <span>{prompt === '' ? t('playground.asks') : <Visible text={prompt} />}</span>
        <input
          ref={field}
          value={line}
          onChange={(event) => setLine(event.target.value)}
          autoComplete="off"
        />
      </label>
      <Button type="submit" kind="primary" isSmall>
        {t('playground.answer')}
      </Button>
      <Button isSmall kind="quiet" onClick={() => onAnswer(null)}>
        {t('playground.endInput')}
      </Button>
    </form>
  )
}

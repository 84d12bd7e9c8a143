import { useQuery } from '@tanstack/react-query'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation } from 'wouter'
import { recallQuery } from '../api/executions.ts'
import { problemOf } from '../api/problem.ts'
import { readAgain } from '../api/read-again.ts'
import { sessionQuery } from '../api/sessions.ts'
import { Page } from '../ui/page.tsx'
import { Button, ProblemNotice } from '../ui/parts.tsx'
import { CellView } from './cell.tsx'
import { EXAMPLES } from './examples.ts'
import { type Cell, type Notebook, notebookOf } from './notebook.ts'
import styles from './playground.module.css'
import { FilesForm, PermissionsForm } from './run-options.tsx'
import { NO_SETTINGS, type RunSettings, requestOf, withFiles } from './run-settings.ts'
import { SessionChoice, SessionPanel } from './session-panel.tsx'

let kept: RunSettings = NO_SETTINGS

/** Python to try out: alone, or in a session that remembers. */
export function Playground({ sessionId }: { readonly sessionId: string | null }) {
  const { t } = useTranslation()
  const [, go] = useLocation()
  const notebook = notebookOf(sessionId)
  const cells = useSyncExternalStore(notebook.subscribe, () => notebook.cells)
  const [settings, setSettings] = useState(kept)
  const [focused, setFocused] = useState<number | null>(null)
  const { data: session } = useQuery({ ...sessionQuery(sessionId ?? ''), enabled: sessionId !== null })
  const change = (next: RunSettings) => {
    kept = next
    setSettings(next)
  }
  const isNew = cells.length === 1 && cells[0]?.code === '' && cells[0].count === null
  // What ran in it elsewhere, or before the page was loaded.
  const recalled = useQuery({
    ...recallQuery(sessionId ?? ''),
    enabled: sessionId !== null && notebook.isUntouched,
  })
  useEffect(() => {
    if (recalled.data) notebook.recall(recalled.data.executions)
  }, [notebook, recalled.data])
  return (
    <Page
      title={t('nav.playground')}
      lead={t(sessionId === null ? 'playground.lead' : 'playground.sessionLead')}
    >
      <div className={styles.columns}>
        <div className={styles.cells}>
          {recalled.error && <ProblemNotice problem={problemOf(recalled.error)} />}
          {recalled.data?.isCut && <p className={styles.older}>{t('playground.older')}</p>}
          {isNew && <Examples onChoose={(code) => cells[0] && notebook.edit(cells[0].id, code)} />}
          {cells.map((cell) => (
            <CellView
              key={`${sessionId ?? ''} ${cell.id}`}
              notebook={notebook}
              cell={cell}
              names={session?.content?.names ?? []}
              isFocused={cell.id === focused}
              onRun={(each) => void runCell(notebook, each, settings)}
              onAdd={(below) => setFocused(notebook.add(below))}
            />
          ))}
        </div>
        <aside className={styles.aside} aria-label={t('options.label')}>
          <SessionChoice sessionId={sessionId} allowNet={settings.allowNet} />
          {sessionId !== null && (
            <SessionPanel key={sessionId} sessionId={sessionId} onRemoved={() => go('/playground')} />
          )}
          <PermissionsForm isInSession={sessionId !== null} settings={settings} onChange={change} />
          {sessionId === null && (
            <FilesForm
              files={settings.files}
              onAdd={(files) => void withFiles(settings, files).then(change)}
              onRemove={(name) =>
                change({ ...settings, files: settings.files.filter(({ path }) => path !== name) })
              }
            />
          )}
        </aside>
      </div>
    </Page>
  )
}

async function runCell(notebook: Notebook, { id, run }: Cell, settings: RunSettings): Promise<void> {
  // What stands in the editor now, which may be newer than what was drawn.
  const code = notebook.cells.find((cell) => cell.id === id)?.code ?? ''
  if (run.isBusy || code.trim() === '') return
  const { sessionId } = notebook
  // The request is on its way before anything is drawn.
  const over = run.start({ json: requestOf(code, settings, sessionId !== null), sessionId })
  notebook.began(id)
  await over
  if (sessionId !== null) await readAgain('sessions')
}

/** What there is to try, for those who see it for the first time. */
function Examples({ onChoose }: { readonly onChoose: (code: string) => void }) {
  const { t } = useTranslation()
  return (
    <section className={styles.examples} aria-label={t('examples.title')}>
      <h2>{t('examples.title')}</h2>
      <p>{t('examples.lead')}</p>
      <div>
        {(Object.keys(EXAMPLES) as (keyof typeof EXAMPLES)[]).map((name) => (
          <Button key={name} onClick={() => onChoose(EXAMPLES[name])}>
            {t(`examples.${name}`)}
          </Button>
        ))}
      </div>
    </section>
  )
}

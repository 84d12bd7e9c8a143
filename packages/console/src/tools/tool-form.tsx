import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { problemOf, ServiceProblem } from '../api/problem.ts'
import { limitsQuery } from '../api/self.ts'
import { Editor } from '../playground/editor.tsx'
import { Actions, Badge, Button, Notice, ProblemNotice, TextArea, TextField } from '../ui/parts.tsx'
import table from '../ui/table.module.css'
import { AuthFields } from './auth-fields.tsx'
import { DocumentField } from './document-field.tsx'
import { LiveParameters } from './live-parameters.tsx'
import { DraftError, type ToolDraft } from './tool-draft.ts'
import styles from './tools.module.css'

/** A tool to be written. `onSave` makes or changes it. */
export function ToolForm({
  draft: first,
  submit,
  onSave,
}: {
  readonly draft: ToolDraft
  readonly submit: string
  readonly onSave: (draft: ToolDraft) => Promise<void>
}) {
  const { t } = useTranslation()
  const [draft, setDraft] = useState(first)
  const [problem, setProblem] = useState<ServiceProblem | null>(null)
  const [isBusy, setBusy] = useState(false)
  const change = (part: Partial<ToolDraft>) => setDraft({ ...draft, ...part })
  const { data: limits } = useQuery(limitsQuery)
  async function save(event?: FormEvent) {
    event?.preventDefault()
    setBusy(true)
    setProblem(null)
    try {
      await onSave(draft)
    } catch (error) {
      setProblem(
        error instanceof DraftError
          ? new ServiceProblem(422, {
              detail: error.message,
              problems: [{ path: error.path, problem: error.message }],
            })
          : problemOf(error),
      )
    } finally {
      setBusy(false)
    }
  }
  const isPython = draft.kind === 'python'
  return (
    <form className={table.form} onSubmit={save}>
      <TextField
        label={t('tools.name')}
        hint={t('tools.nameHint')}
        required
        pattern="[A-Za-z_][A-Za-z0-9_]{0,63}"
        value={draft.name}
        problem={problem?.of('name')}
        onChange={(event) => change({ name: event.target.value })}
      />
      <TextField
        label={t('tools.displayName')}
        value={draft.displayName}
        problem={problem?.of('displayName')}
        onChange={(event) => change({ displayName: event.target.value })}
      />
      <TextArea
        label={t('tools.description')}
        hint={t('tools.descriptionHint')}
        rows={2}
        value={draft.description}
        problem={problem?.of('description')}
        onChange={(event) => change({ description: event.target.value })}
      />
      {isPython ? (
        <>
          <div className={table.section}>
            <h2>{t('playground.code')}</h2>
            <p className={table.muted}>{t('tools.codeHint', { entry: draft.entry })}</p>
            <div className={styles.editor}>
              <Editor
                label={t('playground.code')}
                code={draft.code}
                onChange={(code) => change({ code })}
                onRun={() => void save()}
              />
            </div>
            <LiveParameters code={draft.code} entry={draft.entry} />
          </div>
          <TextArea
            label={t('tools.tests')}
            hint={<code>{'[{"input": {"city": "Paris"}, "expected": "Hello, Paris"}]'}</code>}
            rows={4}
            spellCheck={false}
            value={draft.tests}
            problem={problem?.of('definition.tests')}
            onChange={(event) => change({ tests: event.target.value })}
          />
          <Hosts
            allowed={limits?.allowNet ?? []}
            chosen={draft.allowNet}
            onChange={(allowNet) => change({ allowNet })}
          />
        </>
      ) : (
        <>
          <DocumentField
            document={draft.document}
            problem={problem}
            onChange={(document) => change({ document })}
            onSave={() => void save()}
          />
          <TextField
            label={t('tools.baseUrl')}
            hint={t('tools.baseUrlHint')}
            type="url"
            value={draft.baseUrl}
            problem={problem?.of('definition.baseUrl')}
            onChange={(event) => change({ baseUrl: event.target.value })}
          />
          <AuthFields auth={draft.auth} problem={problem} onChange={(auth) => change({ auth })} />
        </>
      )}
      <TextField
        label={t('options.timeout')}
        type="number"
        min={1}
        max={limits?.maxTimeoutSeconds}
        placeholder={String(limits?.maxTimeoutSeconds ?? '')}
        value={draft.timeoutSeconds}
        problem={problem?.of('limits.timeoutSeconds')}
        onChange={(event) => change({ timeoutSeconds: event.target.value })}
      />
      {problem && <Problems problem={problem} />}
      <Actions>
        <Button type="submit" kind="primary" disabled={isBusy}>
          {isBusy ? t('tools.saving') : submit}
        </Button>
      </Actions>
    </form>
  )
}

/** Everything that is wrong, each with its place. */
function Problems({ problem }: { readonly problem: ServiceProblem }) {
  if (problem.problems.length === 0) return <ProblemNotice problem={problem} />
  return (
    <Notice tone="bad" role="alert">
      <ul className={styles.problems}>
        {problem.problems.map(({ path, problem: text }) => (
          <li key={`${path} ${text}`}>
            <code>{path}</code> {text}
          </li>
        ))}
      </ul>
    </Notice>
  )
}

function Hosts({
  allowed,
  chosen,
  onChange,
}: {
  readonly allowed: readonly string[]
  readonly chosen: readonly string[]
  readonly onChange: (hosts: readonly string[]) => void
}) {
  const { t } = useTranslation()
  const hosts = [...new Set([...allowed, ...chosen])]
  if (hosts.length === 0) return null
  const toggle = (host: string) =>
    onChange(chosen.includes(host) ? chosen.filter((each) => each !== host) : [...chosen, host])
  return (
    <fieldset className={table.card}>
      <legend>{t('tools.hosts')}</legend>
      {hosts.map((host) => (
        <label key={host} className={table.row}>
          <input type="checkbox" checked={chosen.includes(host)} onChange={() => toggle(host)} />
          <code>{host}</code>
          {chosen.includes(host) && <Badge tone="warn">{t('options.dangerous')}</Badge>}
        </label>
      ))}
    </fieldset>
  )
}

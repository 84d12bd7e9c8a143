import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { problemOf, ServiceProblem } from '../api/problem.ts'
import { type DocumentPreview, previewDocument } from '../api/tools.ts'
import type { MarkedLine } from '../playground/code-editor.ts'
import { Editor } from '../playground/editor.tsx'
import { bytes } from '../text/formats.ts'
import { DropZone } from '../ui/drop-zone.tsx'
import { Badge, Button, Notice, ProblemNotice, TextField } from '../ui/parts.tsx'
import table from '../ui/table.module.css'
import styles from './tools.module.css'

/** What the service reads of a document. */
const MAX_BYTES = 2 ** 20
const NO_MARKS: readonly MarkedLine[] = []

/** An OpenAPI document: pasted, from a file, or fetched by the service; with what could be called, or what is wrong where. */
export function DocumentField({
  document,
  problem,
  onChange,
  onSave,
}: {
  readonly document: string
  /** What came of saving it. */
  readonly problem: ServiceProblem | null
  readonly onChange: (document: string) => void
  readonly onSave: () => void
}) {
  const { t } = useTranslation()
  const [url, setUrl] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<ServiceProblem | null>(null)
  const [looked, setLooked] = useState<(DocumentPreview & { readonly marks: readonly MarkedLine[] }) | null>(
    null,
  )
  async function look(source: Parameters<typeof previewDocument>[0]) {
    setBusy(true)
    setFailure(null)
    try {
      const preview = await previewDocument(source)
      // The editor has its own ends of lines: with others it would never be what was looked at.
      const text = preview.document.replace(/\r\n?/g, '\n')
      setLooked({ ...preview, document: text, marks: marksOf(preview) })
      if ('url' in source) onChange(text)
    } catch (error) {
      setFailure(problemOf(error))
    } finally {
      setBusy(false)
    }
  }
  // The text of a file is in the editor first: what is wrong with it is shown there.
  async function take(file: File | undefined) {
    if (file === undefined) return
    if (file.size > MAX_BYTES) {
      setFailure(new ServiceProblem(413, { detail: t('tools.documentTooLarge', { most: bytes(MAX_BYTES) }) }))
      return
    }
    const text = await file.text()
    onChange(text)
    if (text.trim() !== '') await look({ document: text })
  }
  // What is wrong with it is shown at its lines, too, when it was found out by saving.
  const now = useRef({ document, look })
  now.current = { document, look }
  const isRefused = problem?.of('definition.document') !== undefined
  useEffect(() => {
    if (isRefused && now.current.document.trim() !== '')
      void now.current.look({ document: now.current.document })
  }, [isRefused])
  const isShown = looked !== null && looked.document === document
  return (
    <div className={table.section}>
      <h2>{t('tools.document')}</h2>
      <div className={styles.fetch}>
        <TextField
          label={t('tools.documentUrl')}
          hint={t('tools.documentUrlHint')}
          type="url"
          value={url}
          onChange={(event) => setUrl(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.nativeEvent.isComposing) return
            event.preventDefault()
            if (url.trim() !== '') void look({ url: url.trim() })
          }}
        />
        <Button
          icon="download"
          disabled={isBusy || url.trim() === ''}
          onClick={() => void look({ url: url.trim() })}
        >
          {t('tools.fetch')}
        </Button>
      </div>
      <DropZone
        isOne
        choose={t('tools.upload')}
        accept=".json,.yaml,.yml"
        onAdd={([file]) => void take(file)}
      >
        {t('tools.drop')}
      </DropZone>
      <p className={table.muted}>{t('tools.documentHint')}</p>
      <div className={`${styles.editor} ${styles.document}`}>
        <Editor
          label={t('tools.document')}
          language="text"
          code={document}
          marks={isShown ? looked.marks : NO_MARKS}
          onChange={onChange}
          onRun={onSave}
        />
      </div>
      <div className={table.row}>
        <Button
          isSmall
          icon="check"
          disabled={isBusy || document.trim() === ''}
          onClick={() => void look({ document })}
        >
          {t('tools.check')}
        </Button>
      </div>
      {failure && <ProblemNotice problem={failure} />}
      {isShown && <Found preview={looked} />}
    </div>
  )
}

/** A problem whose line is not known stands at none: it is in the list alone. */
function marksOf({ problems }: DocumentPreview): readonly MarkedLine[] {
  return problems.flatMap(({ line, problem, path }) =>
    line === null ? [] : [{ line, title: problem, hint: path.startsWith('line ') ? null : path }],
  )
}

/** What could be called, or what is wrong. */
function Found({ preview: { operations, problems } }: { readonly preview: DocumentPreview }) {
  const { t } = useTranslation()
  if (problems.length > 0)
    return (
      <Notice tone="bad" role="alert">
        <ul className={styles.problems}>
          {problems.map(({ path, problem, line }) => (
            <li key={`${path} ${problem}`}>
              {line !== null && <strong>{t('tools.line', { line })} </strong>}
              <code>{path}</code> {problem}
            </li>
          ))}
        </ul>
      </Notice>
    )
  return (
    <section className={table.section} aria-label={t('tools.operations', { count: operations.length })}>
      <h3 role="status">{t('tools.operations', { count: operations.length })}</h3>
      <ul className={styles.operations}>
        {operations.map(({ id, method, path, description }) => (
          <li key={id}>
            <Badge tone="accent">{method.toUpperCase()}</Badge> <code>{path}</code> <strong>{id}</strong>
            <span className={table.muted}>{description}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

import { useEffect, useRef, useState } from 'react'
import type { CodeEditor, KnownName, Language, MarkedLine } from './code-editor.ts'
import './editor.css'
import styles from './playground.module.css'

const NO_MARKS: readonly MarkedLine[] = []

/** Python, or another text, to be written. Until the editor is loaded it is a plain text area, which works as well. */
export function Editor({
  code,
  onChange,
  onRun,
  label,
  names = [],
  marks = NO_MARKS,
  language = 'python',
  hint = '',
  isReadOnly = false,
  isFocused = false,
}: {
  readonly code: string
  readonly onChange: (code: string) => void
  readonly onRun: () => void
  readonly label: string
  readonly names?: readonly KnownName[]
  readonly marks?: readonly MarkedLine[]
  readonly language?: Language
  /** Stands in the empty editor. */
  readonly hint?: string
  readonly isReadOnly?: boolean
  readonly isFocused?: boolean
}) {
  const place = useRef<HTMLDivElement>(null)
  const [editor, setEditor] = useState<CodeEditor | null>(null)
  const now = useRef({ code, onChange, onRun, names })
  now.current = { code, onChange, onRun, names }
  useEffect(() => {
    let made: CodeEditor | null = null
    let isGone = false
    void import('./code-editor.ts').then(({ createCodeEditor }) => {
      if (isGone || place.current === null) return
      made = createCodeEditor({
        parent: place.current,
        code: now.current.code,
        label,
        placeholder: hint,
        onChange: (text) => now.current.onChange(text),
        onRun: () => now.current.onRun(),
        names: () => now.current.names,
        language,
      })
      setEditor(made)
    })
    return () => {
      isGone = true
      made?.destroy()
    }
  }, [label, hint, language])
  useEffect(() => editor?.setCode(code), [editor, code])
  useEffect(() => editor?.mark(marks), [editor, marks])
  useEffect(() => editor?.setReadOnly(isReadOnly), [editor, isReadOnly])
  useEffect(() => {
    if (isFocused) editor?.focus()
  }, [editor, isFocused])
  return (
    <div className={styles.editor} ref={place}>
      {editor === null && (
        <textarea
          className={styles.plainEditor}
          aria-label={label}
          placeholder={hint}
          value={code}
          spellCheck={false}
          rows={Math.max(3, code.split('\n').length)}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.nativeEvent.isComposing)
              return
            event.preventDefault()
            onRun()
          }}
        />
      )}
    </div>
  )
}

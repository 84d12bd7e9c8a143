import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Display } from '../api/executions.ts'
import { bytes } from '../text/formats.ts'
import styles from './displays.module.css'
import { FrameView } from './frame-view.tsx'
import { Visible } from './terminal-view.tsx'

const PICTURES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp']
const TEXTS = ['text/plain', 'text/markdown', 'text/latex']
const SHOWN_CHARS = 20_000

/** Something that code has shown: a picture, a table, a text. */
export function DisplayView({
  display,
  executionId,
  number,
}: {
  readonly display: Display
  readonly executionId: string | null
  readonly number: number
}) {
  const { t } = useTranslation()
  const { mime, data } = display
  const name = String(display.metadata.name ?? '') || t('output.picture')
  if (data === null) return <p className={styles.note}>{t('output.leftOut', { mime })}</p>
  if (typeof data === 'string' && PICTURES.includes(mime))
    return <Picture alt={name} type={mime} base64={data} />
  if (typeof data === 'string' && mime === 'image/svg+xml')
    return <Picture alt={name} type={mime} text={data} />
  if (typeof data === 'string' && mime === 'text/html' && executionId !== null)
    return <FrameView executionId={executionId} number={number} />
  if (typeof data === 'string' && TEXTS.includes(mime)) return <TextView text={data} />
  const text = typeof data === 'string' ? data : JSON.stringify(data, null, 2)
  return (
    <details className={styles.data}>
      <summary>
        {mime} <span>{bytes(text.length)}</span>
      </summary>
      <TextView text={text} />
    </details>
  )
}

/** A text of untrusted code; a long one in part. */
export function TextView({ text }: { readonly text: string }) {
  const { t } = useTranslation()
  const [chars, setChars] = useState(SHOWN_CHARS)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
    <pre className={styles.text} tabIndex={0}>
      <Visible text={text.slice(0, chars)} />
      {text.length > chars && (
        <button type="button" onClick={() => setChars(chars + 10 * SHOWN_CHARS)}>
          {t('output.more')}
        </button>
      )}
    </pre>
  )
}

/** A picture by an address of its own: scripts in it do not run, and it loads nothing. */
function Picture({
  alt,
  type,
  base64,
  text,
}: {
  readonly alt: string
  readonly type: string
  readonly base64?: string
  readonly text?: string
}) {
  const { t } = useTranslation()
  const [url, setUrl] = useState<string | null>(null)
  const [isBroken, setBroken] = useState(false)
  useEffect(() => {
    const content = text ?? bytesOf(base64 ?? '')
    if (content === null) return setBroken(true)
    const made = URL.createObjectURL(new Blob([content], { type }))
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [type, base64, text])
  if (isBroken) return <p className={styles.note}>{t('output.broken', { mime: type })}</p>
  if (url === null) return null
  return (
    <figure className={styles.picture}>
      <img src={url} alt={alt} onError={() => setBroken(true)} />
    </figure>
  )
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
  } catch {
    return null
  }
}

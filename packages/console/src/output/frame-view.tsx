import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { body, service } from '../api/client.ts'
import { problemOf, type ServiceProblem } from '../api/problem.ts'
import { ProblemNotice, Waiting } from '../ui/parts.tsx'
import { useTheme } from '../ui/theme.ts'
import styles from './displays.module.css'

const MAX_HEIGHT = 1200

/** HTML that untrusted code made, in a frame that reaches nothing. */
export function FrameView({
  executionId,
  number,
}: {
  readonly executionId: string
  readonly number: number
}) {
  const { t } = useTranslation()
  const theme = useTheme()
  const frame = useRef<HTMLIFrameElement>(null)
  const [url, setUrl] = useState<string | null>(null)
  const [problem, setProblem] = useState<ServiceProblem | null>(null)
  const [height, setHeight] = useState(60)
  useEffect(() => {
    let isGone = false
    const param = { id: executionId, number: String(number) }
    body(service.executions[':id'].displays[':number'].frame.$post({ param })).then(
      (made) => !isGone && setUrl(`${made.url}${theme === 'auto' ? '' : `?scheme=${theme}`}`),
      (error: unknown) => !isGone && setProblem(problemOf(error)),
    )
    return () => {
      isGone = true
    }
  }, [executionId, number, theme])
  useEffect(() => {
    const hear = (event: MessageEvent<unknown>) => {
      // Any window may send a message; only the own frame says how high it is.
      if (event.source === null || event.source !== frame.current?.contentWindow) return
      const wanted =
        typeof event.data === 'object' && event.data !== null ? Reflect.get(event.data, 'height') : null
      if (typeof wanted === 'number' && Number.isFinite(wanted))
        setHeight(Math.min(MAX_HEIGHT, Math.max(24, wanted)))
    }
    addEventListener('message', hear)
    return () => removeEventListener('message', hear)
  }, [])
  if (problem) return <ProblemNotice problem={problem} />
  if (url === null) return <Waiting />
  return (
    <iframe
      key={url}
      ref={frame}
      className={styles.frame}
      title={t('output.frame')}
      src={url}
      sandbox="allow-scripts"
      referrerPolicy="no-referrer"
      style={{ height }}
    />
  )
}

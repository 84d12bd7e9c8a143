import { useTranslation } from 'react-i18next'
import type { ResultFile } from '../api/executions.ts'
import { bytes, count } from '../text/formats.ts'
import { Icon } from '../ui/icons.tsx'
import { Badge } from '../ui/parts.tsx'
import styles from './files.module.css'
import { Visible } from './terminal-view.tsx'

const SHOWN = 100

/** Files that a run made, to download where they are kept. */
export function FilesView({
  files,
  executionId,
}: {
  readonly files: readonly ResultFile[]
  readonly executionId: string
}) {
  const { t } = useTranslation()
  if (files.length === 0) return null
  return (
    <section className={styles.files} aria-label={t('files.made')}>
      <h3>{t('files.made')}</h3>
      <ul>
        {files.slice(0, SHOWN).map((file) => (
          <li key={file.path}>
            <Icon name="file" size={16} />
            <span className={styles.name}>
              <Visible text={file.path} />
            </span>
            <span className={styles.size}>{file.change === 'deleted' ? '' : bytes(file.size)}</span>
            {file.change !== 'created' && <Badge>{t(`files.change.${file.change}`)}</Badge>}
            {file.kept ? (
              <a href={addressOf(executionId, file.path)} download={file.path.split('/').at(-1)}>
                <Icon name="download" size={16} />
                <span className="visually-hidden">{t('files.download', { name: file.path })}</span>
              </a>
            ) : (
              file.change !== 'deleted' && <Badge tone="warn">{t('files.notKept')}</Badge>
            )}
          </li>
        ))}
      </ul>
      {files.length > SHOWN && <p>{t('files.more', { amount: count(files.length - SHOWN) })}</p>}
    </section>
  )
}

function addressOf(executionId: string, path: string): string {
  return `/api/v1/executions/${executionId}/files/${path.split('/').map(encodeURIComponent).join('/')}`
}

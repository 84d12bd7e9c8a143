import { useQuery } from '@tanstack/react-query'
import type { Dispatch } from 'react'
import { useTranslation } from 'react-i18next'
import { limitsQuery } from '../api/self.ts'
import { bytes } from '../text/formats.ts'
import { DropZone } from '../ui/drop-zone.tsx'
import { Icon } from '../ui/icons.tsx'
import { Badge, Button, TextField } from '../ui/parts.tsx'
import type { InputFile, RunSettings } from './run-settings.ts'
import styles from './side.module.css'

/** What a run may do and take, within what the service gives. */
export function PermissionsForm({
  settings,
  isInSession,
  onChange,
}: {
  /** Then the permissions are those of the session. */
  readonly isInSession: boolean
  readonly settings: RunSettings
  readonly onChange: Dispatch<RunSettings>
}) {
  const { t } = useTranslation()
  const { data: limits } = useQuery(limitsQuery)
  const hosts = isInSession ? [] : (limits?.allowNet ?? [])
  const granted = new Set(settings.allowNet)
  const toggle = (host: string) => {
    const allowNet = granted.has(host)
      ? settings.allowNet.filter((each) => each !== host)
      : [...settings.allowNet, host]
    onChange({ ...settings, allowNet })
  }
  return (
    <fieldset className={styles.group}>
      <legend>{t(isInSession ? 'options.limits' : 'options.permissions')}</legend>
      <p className={styles.note}>{t(isInSession ? 'options.ofSession' : 'options.nothing')}</p>
      {hosts.map((host) => (
        <label key={host} className={`${styles.check} ${granted.has(host) ? styles.dangerous : ''}`}>
          <input type="checkbox" checked={granted.has(host)} onChange={() => toggle(host)} />
          <code>{host}</code>
          {granted.has(host) && <Badge tone="warn">{t('options.dangerous')}</Badge>}
        </label>
      ))}
      {limits?.allowNet.length === 0 && !isInSession && <p className={styles.note}>{t('options.noHosts')}</p>}
      <div className={styles.pair}>
        <TextField
          label={t('options.timeout')}
          type="number"
          min={1}
          max={limits?.maxTimeoutSeconds}
          placeholder={String(limits?.maxTimeoutSeconds ?? '')}
          value={settings.timeoutSeconds}
          onChange={(event) => onChange({ ...settings, timeoutSeconds: event.target.value })}
        />
        <TextField
          label={t('options.memory')}
          type="number"
          min={40}
          max={limits?.maxMemoryMb}
          placeholder={String(limits?.maxMemoryMb ?? '')}
          value={settings.memoryLimitMb}
          onChange={(event) => onChange({ ...settings, memoryLimitMb: event.target.value })}
        />
      </div>
    </fieldset>
  )
}

/** Files that the code finds in its working folder. */
export function FilesForm({
  files,
  onAdd,
  onRemove,
}: {
  readonly files: readonly InputFile[]
  readonly onAdd: (files: readonly File[]) => void
  readonly onRemove: (name: string) => void
}) {
  const { t } = useTranslation()
  return (
    <fieldset className={styles.group}>
      <legend>{t('files.in')}</legend>
      <DropZone choose={t('files.choose')} onAdd={onAdd}>
        {t('files.drop')}
      </DropZone>
      {files.length > 0 && (
        <ul className={styles.list}>
          {files.map(({ path, size }) => (
            <li key={path}>
              <span className={styles.fileName}>{path}</span>
              <span className={styles.muted}>{bytes(size)}</span>
              <Button
                kind="quiet"
                isSmall
                onClick={() => onRemove(path)}
                aria-label={t('files.remove', { name: path })}
              >
                <Icon name="close" size={14} />
              </Button>
            </li>
          ))}
        </ul>
      )}
    </fieldset>
  )
}

import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Visible } from '../output/terminal-view.tsx'
import type { Parameter } from '../playground/python-signature.ts'
import { Badge } from '../ui/parts.tsx'
import table from '../ui/table.module.css'
import styles from './tools.module.css'

/** What a tool takes, read from its code while that is written; nothing runs for it. */
export function LiveParameters({ code, entry }: { readonly code: string; readonly entry: string }) {
  const { t } = useTranslation()
  const [parameters, setParameters] = useState<readonly Parameter[] | null>([])
  useEffect(() => {
    let isOld = false
    void import('../playground/python-signature.ts').then(({ parametersOf }) => {
      if (!isOld) setParameters(parametersOf(code, entry))
    })
    return () => {
      isOld = true
    }
  }, [code, entry])
  return (
    <section className={table.section} aria-label={t('tools.takes')}>
      <h3>{t('tools.takes')}</h3>
      {parameters === null && <p className={table.muted}>{t('tools.noEntry', { entry })}</p>}
      {parameters?.length === 0 && <p className={table.muted}>{t('tools.noArguments')}</p>}
      {parameters !== null && parameters.length > 0 && (
        <ul className={styles.operations}>
          {parameters.map(({ name, type, initial, description }) => (
            <li key={name}>
              <code>{name}</code> <Badge>{type ?? t('tools.anyType')}</Badge>
              <span className={table.muted}>
                {initial === null ? t('tools.required') : t('tools.byDefault', { value: initial })}
              </span>
              {description !== '' && (
                <span className={styles.description}>
                  <Visible text={description} />
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

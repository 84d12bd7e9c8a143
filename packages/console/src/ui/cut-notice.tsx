import { useTranslation } from 'react-i18next'
import { MOST_LISTED, type Read } from '../api/every-item.ts'
import { count } from '../text/formats.ts'
import styles from './table.module.css'

/** Says so where a list is longer than what is shown of it. */
export function CutNotice({ list }: { readonly list: Read<unknown> | undefined }) {
  const { t } = useTranslation()
  if (!list?.isCut) return null
  return <p className={styles.muted}>{t('listCut', { amount: count(MOST_LISTED) })}</p>
}

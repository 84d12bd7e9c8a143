import { useTranslation } from 'react-i18next'
import type { Batch } from '../api/batches.ts'
import { count } from '../text/formats.ts'
import table from '../ui/table.module.css'

/** How many programs of a batch have run, as a bar and in numbers. */
export function BatchProgress({ batch: { done, programs } }: { readonly batch: Batch }) {
  const { t } = useTranslation()
  return (
    <span className={table.row}>
      <progress max={programs} value={done} aria-label={t('batches.progress')} />
      <span>
        {count(done)} / {count(programs)}
      </span>
    </span>
  )
}

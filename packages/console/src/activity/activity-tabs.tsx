import { useTranslation } from 'react-i18next'
import { PageTabs } from '../ui/tabs.tsx'

/** The sides of the activity: one by one, many at once, and in sum. */
export function ActivityTabs() {
  const { t } = useTranslation()
  return (
    <PageTabs
      label={t('nav.activity')}
      tabs={[
        ['/activity', t('activity.executions')],
        ['/activity/batches', t('batches.title')],
        ['/activity/overview', t('activity.overview')],
      ]}
    />
  )
}

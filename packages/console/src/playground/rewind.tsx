import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { rewindSession, type Session } from '../api/sessions.ts'
import { Button, TextField } from '../ui/parts.tsx'
import { notebookOf } from './notebook.ts'
import styles from './side.module.css'

/** Has a session go back by so many steps; it says which cells that may have undone. */
export function Rewind({
  session: { id, stepsBack },
  onFailed,
}: {
  readonly session: Session
  readonly onFailed: (error: unknown) => void
}) {
  const { t } = useTranslation()
  const [isAsking, setAsking] = useState(false)
  async function rewind(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const steps = Number(new FormData(event.currentTarget).get('steps'))
    try {
      await rewindSession(id, steps)
      notebookOf(id).rewound(steps)
      setAsking(false)
    } catch (error) {
      onFailed(error)
    }
  }
  if (stepsBack === 0) return null
  if (!isAsking)
    return (
      <Button isSmall icon="back" onClick={() => setAsking(true)}>
        {t('session.rewind')}
      </Button>
    )
  return (
    <form className={styles.inline} onSubmit={(event) => void rewind(event)}>
      <TextField
        label={t('session.stepsBack', { most: stepsBack })}
        hint={t('session.stepsHint')}
        {...{ name: 'steps', type: 'number', min: 1, max: stepsBack, defaultValue: 1, required: true }}
        autoFocus
      />
      <div className={styles.row}>
        <Button type="submit" kind="primary" isSmall>
          {t('session.goBack')}
        </Button>
        <Button kind="quiet" isSmall onClick={() => setAsking(false)}>
          {t('cancel')}
        </Button>
      </div>
    </form>
  )
}

import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { problemOf, type ServiceProblem } from '../api/problem.ts'
import { type SecretOwner, setSecret } from '../api/secrets.ts'
import { Modal } from '../ui/modal.tsx'
import { Actions, Button, ProblemNotice, TextField } from '../ui/parts.tsx'
import table from '../ui/table.module.css'

const PLACES = ['headers', 'url', 'body'] as const

/** Asks for the value, which the page forgets when it is sent, and for where it may go. */
export function SecretDialog({
  owner,
  name,
  hosts,
  onClose,
}: {
  readonly owner: SecretOwner
  readonly name: string
  readonly hosts: string
  readonly onClose: () => void
}) {
  const { t } = useTranslation()
  const [problem, setProblem] = useState<ServiceProblem | null>(null)
  const isNew = name === ''
  async function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    const list = String(fields.get('hosts')).split(/[\s,]+/)
    const secret = {
      value: String(fields.get('value')),
      hosts: list.filter((host) => host !== ''),
      places: PLACES.filter((place) => fields.get(place) !== null),
    }
    try {
      await setSecret(owner, isNew ? String(fields.get('name')).trim() : name, secret)
      onClose()
    } catch (error) {
      setProblem(problemOf(error))
    }
  }
  return (
    <Modal title={isNew ? t('secrets.new') : t('secrets.replaceOne', { name })} onClose={onClose}>
      <form className={table.form} autoComplete="off" onSubmit={save}>
        {isNew && (
          <TextField
            label={t('secrets.name')}
            name="name"
            autoFocus
            required
            maxLength={100}
            hint="API_KEY"
          />
        )}
        <TextField
          label={t('secrets.value')}
          hint={t('secrets.valueHint')}
          name="value"
          type="password"
          autoComplete="new-password"
          required
          minLength={6}
          maxLength={2000}
          problem={problem?.of('value')}
        />
        <TextField
          label={t('secrets.hosts')}
          hint={t('secrets.hostsHint')}
          name="hosts"
          required
          defaultValue={hosts}
          problem={problem?.of('hosts')}
        />
        <fieldset className={table.card}>
          <legend>{t('secrets.places')}</legend>
          {PLACES.map((place) => (
            <label key={place} className={table.row}>
              <input type="checkbox" name={place} defaultChecked={place === 'headers'} />
              {t(`secrets.placeNames.${place}`)}
            </label>
          ))}
        </fieldset>
        {problem && <ProblemNotice problem={problem} />}
        <Actions>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" kind="primary">
            {t('secrets.save')}
          </Button>
        </Actions>
      </form>
    </Modal>
  )
}

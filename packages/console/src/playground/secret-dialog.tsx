import { useTranslation } from 'react-i18next'
import { type SecretOwner, setSecret } from '../api/secrets.ts'
import { DialogForm, type Fields } from '../ui/dialog-form.tsx'
import { TextField } from '../ui/parts.tsx'
import table from '../ui/table.module.css'
import { useDeed } from '../ui/use-deed.ts'

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
  const deed = useDeed()
  const { problem } = deed
  const isNew = name === ''
  async function save(fields: Fields) {
    const { value = '', hosts = '', name: newName = '' } = fields
    const secret = {
      value,
      hosts: hosts.split(/[\s,]+/).filter((host) => host !== ''),
      places: PLACES.filter((place) => place in fields),
    }
    if (await deed.attempt(() => setSecret(owner, isNew ? newName.trim() : name, secret))) onClose()
  }
  return (
    <DialogForm
      {...{ deed, onClose }}
      title={isNew ? t('secrets.new') : t('secrets.replaceOne', { name })}
      submit={t('secrets.save')}
      onSubmit={save}
    >
      {isNew && (
        <TextField label={t('secrets.name')} name="name" autoFocus required maxLength={100} hint="API_KEY" />
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
    </DialogForm>
  )
}

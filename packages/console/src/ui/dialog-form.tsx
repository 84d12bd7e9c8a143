import type { FormEvent, ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Modal } from './modal.tsx'
import { Actions, Button, ProblemNotice } from './parts.tsx'
import table from './table.module.css'
import type { Deed } from './use-deed.ts'

/** What the fields of a form hold, by their names. A box that is not ticked is not there. */
export type Fields = Readonly<Record<string, string>>

/** A form in a dialog: its fields, what the service refused, and its buttons. */
export function DialogForm({
  title,
  submit,
  deed: { problem, isBusy },
  isReady = true,
  onSubmit,
  onClose,
  buttons,
  children,
}: {
  readonly title: string
  /** What the button says that sends the form. */
  readonly submit: string
  readonly deed: Deed
  readonly isReady?: boolean
  readonly onSubmit: (fields: Fields) => Promise<unknown>
  readonly onClose: () => void
  /** The other buttons; one that closes the dialog by default. */
  readonly buttons?: ReactNode
  readonly children: ReactNode
}) {
  const { t } = useTranslation()
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    // There are no files in such forms: every value is a text.
    void onSubmit(Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>)
  }
  return (
    <Modal title={title} onClose={onClose}>
      <form className={table.form} autoComplete="off" onSubmit={send}>
        {children}
        {problem && <ProblemNotice problem={problem} />}
        <Actions>
          {buttons ?? <Button onClick={onClose}>{t('cancel')}</Button>}
          <Button type="submit" kind="primary" disabled={isBusy || !isReady}>
            {submit}
          </Button>
        </Actions>
      </form>
    </Modal>
  )
}

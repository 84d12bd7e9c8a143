import {
  type ButtonHTMLAttributes,
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from 'react'
import { useTranslation } from 'react-i18next'
import type { ServiceProblem } from '../api/problem.ts'
import { Icon, type IconName } from './icons.tsx'
import styles from './ui.module.css'

/** What a button is about. */
export type ButtonKind = 'primary' | 'plain' | 'danger' | 'quiet'

/** The classes of a button, for a link that looks like one. */
export function buttonClass(kind: ButtonKind = 'plain', isSmall = false): string {
  return [styles.button, kind === 'plain' ? '' : styles[kind], isSmall ? styles.small : ''].join(' ')
}

export function Button({
  kind = 'plain',
  isSmall = false,
  icon,
  children,
  className = '',
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & {
  readonly kind?: ButtonKind
  readonly isSmall?: boolean
  readonly icon?: IconName
}) {
  return (
    <button type="button" {...rest} className={`${buttonClass(kind, isSmall)} ${className}`}>
      {icon && <Icon name={icon} size={isSmall ? 15 : 17} />}
      {children}
    </button>
  )
}

interface FieldParts {
  readonly label: string
  readonly hint?: ReactNode
  readonly problem?: string | undefined
}

/** A label, what is said about a field, and what is wrong with it, around the field itself. */
function Field({
  label,
  hint,
  problem,
  children,
}: FieldParts & { readonly children: (props: object) => ReactNode }) {
  const id = useId()
  const described = [hint ? `${id}-hint` : '', problem ? `${id}-problem` : ''].filter(Boolean).join(' ')
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      {children({
        id,
        'aria-describedby': described === '' ? undefined : described,
        'aria-invalid': problem ? true : undefined,
      })}
      {hint && (
        <div className={styles.hint} id={`${id}-hint`}>
          {hint}
        </div>
      )}
      {problem && (
        <div className={styles.problem} id={`${id}-problem`} role="alert">
          {problem}
        </div>
      )}
    </div>
  )
}

export function TextField({
  label,
  hint,
  problem,
  ...rest
}: FieldParts & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(props) => <input {...rest} {...props} className={styles.input} />}
    </Field>
  )
}

export function TextArea({
  label,
  hint,
  problem,
  ...rest
}: FieldParts & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(props) => <textarea {...rest} {...props} className={styles.input} />}
    </Field>
  )
}

export function Select({
  label,
  hint,
  problem,
  children,
  ...rest
}: FieldParts & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(props) => (
        <select {...rest} {...props} className={styles.input}>
          {children}
        </select>
      )}
    </Field>
  )
}

/** How good what is told is. */
export type Tone = 'good' | 'bad' | 'warn' | 'accent' | 'plain'

export function Badge({
  tone = 'plain',
  children,
  title,
}: {
  readonly tone?: Tone
  readonly children: ReactNode
  readonly title?: string
}) {
  return (
    <span className={`${styles.badge} ${tone === 'plain' ? '' : styles[tone]}`} title={title}>
      {children}
    </span>
  )
}

export function Notice({
  tone = 'plain',
  children,
  role,
}: {
  readonly tone?: Tone
  readonly children: ReactNode
  readonly role?: 'alert' | 'status'
}) {
  return (
    <div
      className={`${styles.notice} ${tone === 'bad' ? styles.bad : tone === 'warn' ? styles.warn : ''}`}
      role={role}
    >
      {children}
    </div>
  )
}

/** What the service refused, in its words; or that it cannot be reached. */
export function ProblemNotice({ problem }: { readonly problem: ServiceProblem }) {
  const { t } = useTranslation()
  return (
    <Notice tone="bad" role="alert">
      <strong>{problem.status === 0 ? t('problem.unreachable') : problem.message}</strong>
      {problem.retryAfterSeconds !== null && (
        <span>{t('problem.retry', { seconds: problem.retryAfterSeconds })}</span>
      )}
    </Notice>
  )
}

/** A place where something will be, and what to do to have it there. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      {children}
    </div>
  )
}

/** Something is being read. */
export function Waiting() {
  const { t } = useTranslation()
  return (
    <div className={styles.waiting} role="status">
      <span className="visually-hidden">{t('waiting')}</span>
      <div className={styles.bone} />
      <div className={styles.bone} />
      <div className={styles.bone} />
    </div>
  )
}

export function Card({
  children,
  className = '',
}: {
  readonly children: ReactNode
  readonly className?: string
}) {
  return <div className={`${styles.card} ${className}`}>{children}</div>
}

/** The buttons at the end of a form. */
export function Actions({ children }: { readonly children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>
}

import type { FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { body, selfQuery, service } from '../api/client.ts'
import { readAgain } from '../api/read-again.ts'
import { Button, buttonClass, Notice, ProblemNotice, TextField } from '../ui/parts.tsx'
import { useDeed } from '../ui/use-deed.ts'
import styles from './app.module.css'
import icon from './icon.svg'

/** The ways to sign in that the service has written into the page. */
function hasOpenId(): boolean {
  return (
    document.querySelector<HTMLMetaElement>('meta[name="agentchat-sign-in"]')?.content.includes('open-id') ??
    false
  )
}

/** Asks who it is. `note` says why, where somebody was signed in before. */
export function SignIn({ note, email = '' }: { readonly note?: string; readonly email?: string }) {
  const { t } = useTranslation()
  const { problem, isBusy, attempt } = useDeed()
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    await attempt(async () => {
      const json = { email: String(fields.get('email')), password: String(fields.get('password')) }
      await body(service.auth['sign-in'].$post({ json }))
      await readAgain(...selfQuery.queryKey)
    })
  }
  return (
    <main className={styles.centre}>
      <form className={styles.signIn} onSubmit={submit} aria-labelledby="sign-in-title">
        <span className={styles.brand}>
          <img src={icon} alt="" /> AgentChat Sandbox
        </span>
        <h1 id="sign-in-title">{t('signIn.title')}</h1>
        <p className={styles.lead}>{note ?? t('signIn.lead')}</p>
        <TextField
          label={t('signIn.email')}
          name="email"
          type="email"
          autoComplete="username"
          required
          defaultValue={email}
        />
        <TextField
          label={t('signIn.password')}
          name="password"
          type="password"
          autoComplete="current-password"
          autoFocus={email !== ''}
          required
        />
        {problem &&
          (problem.code === 'invalid-credentials' ? (
            <Notice tone="bad" role="alert">
              {t('signIn.wrong')}
            </Notice>
          ) : (
            <ProblemNotice problem={problem} />
          ))}
        <Button type="submit" kind="primary" disabled={isBusy}>
          {isBusy ? t('signIn.busy') : t('signIn.submit')}
        </Button>
        {hasOpenId() && (
          <>
            <div className={styles.or}>{t('signIn.or')}</div>
            <a className={buttonClass()} href="/api/v1/auth/oidc">
              {t('signIn.openId')}
            </a>
          </>
        )}
        <p className={styles.lead}>
          <small>{t('signIn.first')}</small>
        </p>
      </form>
    </main>
  )
}

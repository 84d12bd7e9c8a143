import { QueryClientProvider, useQuery } from '@tanstack/react-query'
import { Component, type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { queries, selfQuery } from '../api/client.ts'
import { problemOf } from '../api/problem.ts'
import { hearTabs } from '../api/read-again.ts'
import { ProblemNotice, Waiting } from '../ui/parts.tsx'
import styles from './app.module.css'
import { Pages } from './pages.tsx'
import { Shell } from './shell.tsx'
import { SignIn } from './sign-in.tsx'

/** The whole console. */
export function App() {
  useEffect(hearTabs, [])
  return (
    <QueryClientProvider client={queries}>
      <Boundary>
        <Gate />
      </Boundary>
    </QueryClientProvider>
  )
}

/** Shows the console to those who have signed in. Who is signed out while it is open keeps what is in it. */
function Gate() {
  const { data: self, error, isPending } = useQuery(selfQuery)
  const [shown, setShown] = useState<NonNullable<typeof self> | null>(null)
  useEffect(() => {
    // Somebody else must not find what the one before has left.
    if (self && shown && self.user.id !== shown.user.id) location.reload()
    else if (self) setShown(self)
  }, [self, shown])
  const known = self ?? shown
  if (isPending)
    return (
      <main className={styles.centre}>
        <Waiting />
      </main>
    )
  if (error && !known)
    return (
      <main className={styles.centre}>
        <ProblemNotice problem={problemOf(error)} />
      </main>
    )
  if (!known) return <SignIn />
  return (
    <>
      <div inert={self === null}>
        <Shell self={known}>
          <Pages self={known} />
        </Shell>
      </div>
      {self === null && <Cover email={known.user.email} />}
    </>
  )
}

/** Asks for a new sign-in over what is open, and gives the focus back to where it was. */
function Cover({ email }: { readonly email: string }) {
  const { t } = useTranslation()
  const [before] = useState(() => document.activeElement)
  useEffect(
    () => () => {
      if (before instanceof HTMLElement) before.focus()
    },
    [before],
  )
  return (
    <div className={styles.cover}>
      <SignIn note={t('signIn.again')} email={email} />
    </div>
  )
}

/** A defect of the page must not leave it empty. */
class Boundary extends Component<{ readonly children: ReactNode }, { readonly message: string | null }> {
  override state = { message: null }

  static getDerivedStateFromError(error: unknown) {
    return { message: error instanceof Error ? error.message : String(error) }
  }

  override render() {
    if (this.state.message === null) return this.props.children
    return (
      <main className={styles.centre} role="alert">
        <h1>AgentChat Sandbox</h1>
        <p>{this.state.message}</p>
        <p>
          <a href={location.pathname}>Reload</a>
        </p>
      </main>
    )
  }
}

import type { ReactNode } from 'react'
import styles from './page.module.css'

/** A page: its title, what it is about, what can be done, and what is in it. */
export function Page({
  title,
  lead,
  actions,
  width = 'wide',
  children,
}: {
  readonly title: string
  readonly lead?: ReactNode
  readonly actions?: ReactNode
  readonly width?: 'wide' | 'narrow'
  readonly children: ReactNode
}) {
  return (
    <div className={`${styles.page} ${width === 'narrow' ? styles.narrow : ''}`}>
      <header className={styles.head}>
        <div>
          <h1>{title}</h1>
          {lead && <p className={styles.lead}>{lead}</p>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  )
}

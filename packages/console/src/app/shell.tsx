import { type ReactNode, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useLocation } from 'wouter'
import type { Self } from '../api/self.ts'
import { Icon, type IconName } from '../ui/icons.tsx'
import styles from './app.module.css'
import icon from './icon.svg'

const SECTIONS = [
  ['/playground', 'play', 'nav.playground'],
  ['/tools', 'tools', 'nav.tools'],
  ['/agent', 'agent', 'nav.agent'],
  ['/activity', 'activity', 'nav.activity'],
  ['/admin', 'admin', 'nav.admin'],
] as const satisfies readonly (readonly [string, IconName, string])[]

/** What stands around every page. */
export function Shell({ self, children }: { readonly self: Self; readonly children: ReactNode }) {
  const { t } = useTranslation()
  const [path] = useLocation()
  const section =
    SECTIONS.find(([start]) => path.startsWith(start)) ?? (path.startsWith('/settings') ? null : SECTIONS[0])
  useEffect(() => {
    document.title = `${section ? t(section[2]) : t('nav.settings')} · AgentChat Sandbox`
  }, [section, t])
  const isAdministrator = self.user.role === 'admin'
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        {t('nav.skip')}
      </a>
      <header className={styles.side}>
        <Link className={styles.brand} href="/playground" aria-label="AgentChat Sandbox">
          <img src={icon} alt="" />
          <span>AgentChat</span>
        </Link>
        <nav className={styles.nav} aria-label={t('nav.label')}>
          {SECTIONS.filter(([start]) => isAdministrator || start !== '/admin').map(([start, name, text]) => (
            <NavLink
              key={start}
              href={start}
              icon={name}
              isCurrent={path.startsWith(start) || (path === '/' && start === '/playground')}
            >
              {t(text)}
            </NavLink>
          ))}
        </nav>
        <div className={styles.foot}>
          <NavLink href="/settings" icon="user" isCurrent={path.startsWith('/settings')}>
            <span className={styles.who}>{self.user.name}</span>
          </NavLink>
        </div>
      </header>
      <main className={styles.main} id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  )
}

function NavLink({
  href,
  icon: name,
  isCurrent,
  children,
}: {
  readonly href: string
  readonly icon: IconName
  readonly isCurrent: boolean
  readonly children: ReactNode
}) {
  return (
    <Link className={styles.link} href={href} aria-current={isCurrent ? 'page' : undefined}>
      <Icon name={name} />
      {children}
    </Link>
  )
}

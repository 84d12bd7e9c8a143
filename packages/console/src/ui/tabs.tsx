import { Link, useLocation } from 'wouter'
import styles from './tabs.module.css'

/** Pages beside each other; each has an address. */
export function PageTabs({
  label,
  tabs,
}: {
  readonly label: string
  readonly tabs: readonly (readonly [href: string, text: string])[]
}) {
  const [path] = useLocation()
  return (
    <nav className={styles.tabs} aria-label={label}>
      {tabs.map(([href, text]) => (
        <Link key={href} href={href} aria-current={path === href ? 'page' : undefined}>
          {text}
        </Link>
      ))}
    </nav>
  )
}

import { useSyncExternalStore } from 'react'

/** How the page is to look: as the device says, or one of the two. */
export type Theme = 'auto' | 'light' | 'dark'

const KEY = 'agentchat.theme'
const listeners = new Set<() => void>()

/** The theme that was chosen in this browser. */
export function theme(): Theme {
  try {
    const chosen = localStorage.getItem(KEY)
    return chosen === 'light' || chosen === 'dark' ? chosen : 'auto'
  } catch {
    return 'auto'
  }
}

/** Chooses a theme, and remembers it in this browser. */
export function chooseTheme(chosen: Theme): void {
  try {
    if (chosen === 'auto') localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, chosen)
  } catch {
    // A browser without storage forgets it.
  }
  show(chosen)
}

function show(chosen: Theme): void {
  applyTheme(chosen)
  for (const listener of listeners) listener()
}

/** Has the page look so. */
export function applyTheme(chosen = theme()): void {
  const { dataset } = document.documentElement
  if (chosen === 'auto') delete dataset.theme
  else dataset.theme = chosen
}

/** Has the page look as is chosen in another tab. */
export function followTheme(): void {
  addEventListener('storage', ({ key }) => {
    if (key === KEY) show(theme())
  })
}

/** The theme, for a component that shows it. */
export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, theme)
}

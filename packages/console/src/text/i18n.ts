import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { english } from './english.ts'

/** The languages of the console, each in its own words. */
export const LANGUAGES = { en: 'English', zh: '中文' } as const
export type Language = keyof typeof LANGUAGES

const KEY = 'agentchat.language'

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof english }
    returnNull: false
  }
}

/** The language that was chosen in this browser, else the one that it prefers. */
function preferred(): Language {
  let chosen: string | null = null
  try {
    chosen = localStorage.getItem(KEY)
  } catch {
    // A browser without storage tells only what it prefers.
  }
  return (chosen ?? navigator.language).toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

/** Loads the words of the language that is preferred. */
export async function startTexts(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    // A name may hold a colon: "tools:read".
    nsSeparator: false,
    resources: { en: { translation: english } },
    interpolation: { escapeValue: false },
  })
  await showLanguage(preferred())
}

/** Speaks the language that is chosen in another tab. */
export function followLanguage(): void {
  addEventListener('storage', ({ key }) => {
    if (key === KEY) void showLanguage(preferred())
  })
}

async function showLanguage(language: Language): Promise<void> {
  if (language === 'zh' && !i18next.hasResourceBundle('zh', 'translation')) {
    const { chinese } = await import('./chinese.ts')
    i18next.addResourceBundle('zh', 'translation', chinese)
  }
  await i18next.changeLanguage(language)
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
}

/** Chooses a language, and remembers it in this browser. */
export async function chooseLanguage(language: Language): Promise<void> {
  try {
    localStorage.setItem(KEY, language)
  } catch {
    // A browser without storage forgets it.
  }
  await showLanguage(language)
}

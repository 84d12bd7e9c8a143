import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import './app/base.css'
import './output/ansi.css'
import { followLanguage, startTexts } from './text/i18n.ts'
import { applyTheme, followTheme } from './ui/theme.ts'

applyTheme()
followTheme()
const root = document.getElementById('root')
if (root === null) throw new Error('Cannot show the console: the page has no "root"')
await startTexts()
followLanguage()
createRoot(root).render(<App />)

import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import './app/base.css'
import './output/ansi.css'
import { startTexts } from './text/i18n.ts'
import { applyTheme } from './ui/theme.ts'

applyTheme()
const root = document.getElementById('root')
if (root === null) throw new Error('Cannot show the console: the page has no "root"')
await startTexts()
createRoot(root).render(<App />)

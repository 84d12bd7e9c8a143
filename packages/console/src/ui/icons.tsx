const PATHS = {
  play: 'M8 5.5v13l10.5-6.5z',
  stop: 'M7 7h10v10H7z',
  run: 'M5 7l5 5-5 5M12.5 17H19',
  tools: 'M14.5 6.5a4 4 0 0 0 5 5L11 20a2.1 2.1 0 0 1-3-3l8.500-8.500M6 4l3 3-2 2-3-3z',
  activity: 'M3 12h4l3-8 4 16 3-8h4',
  agent:
    'M12 3v3M6 9.500A3.500 3.500 0 0 1 9.500 6h5A3.500 3.500 0 0 1 18 9.500v5a3.500 3.500 0 0 1-3.500 3.500h-5A3.500 3.500 0 0 1 6 14.500zM9.500 11v2M14.500 11v2M3 12v2M21 12v2M9 21h6',
  admin: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.500v5M9 14.500v5',
  settings:
    'M12 12m-3.500 0a3.500 3.500 0 1 0 7 0a3.500 3.500 0 1 0-7 0M5 20c1-3.500 4-5 7-5s6 1.500 7 5M12 8m-4 0',
  user: 'M12 11.500a3.750 3.750 0 1 0 0-7.500 3.750 3.750 0 0 0 0 7.500zM5 20c.8-3.600 3.600-5.250 7-5.250s6.200 1.650 7 5.250',
  plus: 'M12 5v14M5 12h14',
  file: 'M7 3.500h6.500L18 8v12.500H7zM13.500 3.500V8H18',
  download: 'M12 4v11M7.500 11l4.500 4.500 4.500-4.500M5 20h14',
  trash: 'M5 7h14M9.500 7V4.500h5V7M7 7l.7 12.500h8.600L17 7M10.500 10.500v5.500M13.500 10.500v5.500',
  back: 'M9 7L4.500 11.500 9 16M4.500 11.500H15a4.500 4.500 0 0 1 0 9H12',
  fork: 'M7 5v14M7 12c0-3 2-4 5-4h2.500M17 8m-2.500 0a2.500 2.500 0 1 0 5 0a2.500 2.500 0 1 0-5 0',
  close: 'M6 6l12 12M18 6L6 18',
  shield: 'M12 3.500l7 2.500v5.500c0 4.500-3 7.500-7 9-4-1.500-7-4.500-7-9V6z',
  clock: 'M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM12 7.500V12l3 2',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  warn: 'M12 4.500l8.500 15h-17zM12 10v4M12 16.750v.1',
  copy: 'M9 9h10.500v10.500H9zM15 9V4.500H4.500V15H9',
  up: 'M12 19V6M6.500 11L12 5.500 17.500 11',
} as const

/** The pictures of the console; each stands beside words, or has them as its name. */
export type IconName = keyof typeof PATHS

const FILLED: readonly IconName[] = ['play', 'stop']

/** A small picture, which says nothing that words do not say. */
export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) {
  const isFilled = FILLED.includes(name)
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill={isFilled ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth={isFilled ? 0 : 1.7}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  )
}

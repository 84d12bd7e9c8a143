import i18next from 'i18next'

const locale = () => (i18next.language === 'zh' ? 'zh-CN' : 'en-GB')

/** Bytes in the unit that makes a short number, such as `1.4 MB`. */
export function bytes(amount: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const
  const power = amount < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log(amount) / Math.log(1024)))
  const options = {
    style: 'unit',
    unit: units[power] ?? 'byte',
    unitDisplay: power === 0 ? 'narrow' : 'short',
  } as const
  return new Intl.NumberFormat(locale(), { ...options, maximumFractionDigits: power > 1 ? 1 : 0 }).format(
    amount / 1024 ** power,
  )
}

/** Milliseconds as `3ms`, `1.25s` or `2m 5s`. */
export function duration(ms: number): string {
  // Narrow Chinese units mix letters and words: 910ms and 4.61秒.
  const unitDisplay = i18next.language === 'zh' ? 'short' : 'narrow'
  const number = (value: number, unit: 'millisecond' | 'second' | 'minute', digits: number) =>
    new Intl.NumberFormat(locale(), {
      ...{ style: 'unit', unit, unitDisplay, maximumFractionDigits: digits },
    }).format(value)
  if (ms < 10) return number(ms, 'millisecond', 1)
  if (ms < 1000) return number(ms, 'millisecond', 0)
  if (ms < 60_000) return number(ms / 1000, 'second', 2)
  return `${number(Math.floor(ms / 60_000), 'minute', 0)} ${number(Math.round((ms % 60_000) / 1000), 'second', 0)}`
}

/** A whole number with its separators. */
export function count(amount: number): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 }).format(amount)
}

/** A moment, in the time of this browser. */
export function moment(iso: string): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(iso))
}

/** How long ago a moment was. */
export function ago(iso: string, now = Date.now()): string {
  const seconds = (new Date(iso).getTime() - now) / 1000
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto', style: 'long' })
  const [divisor, unit] = (
    [
      [86_400, 'day'],
      [3600, 'hour'],
      [60, 'minute'],
      [1, 'second'],
    ] as const
  ).find(([size]) => Math.abs(seconds) >= size) ?? [1, 'second']
  // A clock of the service that goes ahead makes no future.
  return format.format(Math.min(0, Math.round(seconds / divisor)), unit)
}

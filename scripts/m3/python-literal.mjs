/** A JSON value as Python writes it. */
export function pythonLiteral(value) {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(', ')}]`
  if (typeof value !== 'object') return typeof value === 'bigint' ? String(value) : JSON.stringify(value)
  const pairs = Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${pythonLiteral(each)}`)
  return `{${pairs.join(', ')}}`
}

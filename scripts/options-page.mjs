import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { z } from 'zod'

// Writes the tables of docs/options.md out of the schemas' own descriptions: node scripts/options-page.mjs, after a build.

const ROOT = new URL('..', import.meta.url)
/** The page that holds the tables. */
export const OPTIONS_PAGE = fileURLToPath(new URL('docs/options.md', ROOT))

/**
 * The page with each of its tables made anew. A table stands between `<!-- table: name -->` and `<!-- end -->`.
 * @param {string} page its text as it is
 * @param {Record<string, z.ZodType>} schemas objects, by the names of their tables
 */
export function optionsPage(page, schemas) {
  return page.replaceAll(/(<!-- table: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g, (_, head, name, end) => {
    if (!Object.hasOwn(schemas, name))
      throw new Error(`Cannot make the table "${name}": no schema has this name`)
    return `${head}${tableOf(schemas[name])}${end}`
  })
}

/** One row for each option. Throws where one has no description or says nothing of its default. */
function tableOf(schema) {
  const { properties } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  const rows = Object.entries(properties).map(([name, { description, ...property }]) => {
    const [, meaning, said] = /^([\s\S]*?)(?: By default ([\s\S]*)\.)?$/.exec(description ?? '')
    if (!meaning) throw new Error(`Cannot describe the option "${name}": its schema has no description`)
    const otherwise = said ?? literal(name, property.default)
    if (otherwise === undefined) throw new Error(`Cannot describe the option "${name}": what is its default?`)
    return `| \`${name}\` | ${otherwise} | ${allowed(name, property)} | ${meaning} |\n`
  })
  return `| option | default | values | meaning |\n| --- | --- | --- | --- |\n${rows.join('')}`
}

/** What the schema of an option allows, as far as a table can say it. */
function allowed(name, { type, enum: values, anyOf, items, maxItems, ...range }) {
  if (values !== undefined) return values.map((value) => `\`'${value}'\``).join(', ')
  if (anyOf !== undefined) {
    const kinds = anyOf.map((one) => allowed(name, one)).filter((kind) => kind !== '')
    return kinds.length === anyOf.length ? kinds.join('; ') : ''
  }
  switch (type) {
    case 'boolean':
      return '`true`, `false`'
    case 'string':
      return 'a string'
    case 'null':
      return '`null`'
    case 'array': {
      const many = maxItems === undefined ? '' : ` of at most ${maxItems}`
      return items?.type === 'string' ? `a list${many || ' of'} strings` : `a list${many}`
    }
    case 'integer':
    case 'number':
      return rangeOf(name, range)
    default:
      return ''
  }
}

function rangeOf(name, { minimum, exclusiveMinimum, maximum }) {
  const least =
    exclusiveMinimum === undefined ? amount(name, minimum) : `more than ${amount(name, exclusiveMinimum)}`
  if (maximum === undefined || maximum === Number.MAX_SAFE_INTEGER) return `${least} or more`
  return exclusiveMinimum === undefined
    ? `${least} to ${amount(name, maximum)}`
    : `${least}, at most ${amount(name, maximum)}`
}

function literal(name, value) {
  if (value === undefined) return undefined
  if (typeof value === 'number') return amount(name, value)
  return `\`${typeof value === 'string' ? `'${value}'` : JSON.stringify(value)}\``
}

/** A number with separators; bytes in the largest unit that leaves it whole. */
function amount(name, value) {
  if (/Bytes$/.test(name))
    for (const [unit, size] of [
      ['TiB', 2 ** 40],
      ['GiB', 2 ** 30],
      ['MiB', 2 ** 20],
      ['KiB', 2 ** 10],
    ])
      if (value > 0 && value % size === 0) return `${(value / size).toLocaleString('en')} ${unit}`
  return value.toLocaleString('en')
}

async function main() {
  const built = (file) => {
    const url = new URL(`packages/sandbox/build/sandbox/${file}`, ROOT)
    if (!existsSync(url)) throw new Error('Cannot read the schemas: run "npm run build" first')
    return import(url)
  }
  const [
    { optionsSchema },
    { poolSchema },
    { executionOptionsSchema },
    { batchOptionsSchema },
    { sessionOptionsSchema },
  ] = await Promise.all([
    built('options.js'),
    built('pool-options.js'),
    built('execution/execution-options.js'),
    built('execution/batch/batch-options.js'),
    built('session/session-options.js'),
  ])
  const schemas = {
    sandbox: optionsSchema(),
    pool: poolSchema(),
    execution: executionOptionsSchema(),
    batch: batchOptionsSchema(),
    session: sessionOptionsSchema(),
  }
  writeFileSync(OPTIONS_PAGE, optionsPage(readFileSync(OPTIONS_PAGE, 'utf8'), schemas))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main()

// Makes the files of an embedded database with its tables and no rows, packed: making them takes some fifteen seconds and
// half a gigabyte, which each first start would need. They are those of one version of PGlite and of these migrations, and
// kept in a cache for the next build.
// node initial-database.mjs <folder of compiled files of the server>
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'
import { drizzle } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'

const target = join(resolve(process.argv[2] ?? ''), 'db', 'embedded')
const cache = fileURLToPath(new URL('../node_modules/.cache/agentchat-sandbox', import.meta.url))
const migrationsFolder = join(target, '..', 'migrations')
const kept = join(cache, `initial-database-${versionOfPglite()}-${hashOfMigrations()}.gz`)
if (!existsSync(kept)) await make()
copyFileSync(kept, join(target, 'initial-database.gz'))

async function make() {
  const { packFolder } = await import(pathToFileURL(join(target, 'folder-archive.js')).href)
  const folder = mkdtempSync(join(tmpdir(), 'agentchat-initial-'))
  try {
    const database = await PGlite.create({ fs: new NodeFS(folder) })
    await migrate(drizzle(database), { migrationsFolder })
    await database.close()
    mkdirSync(cache, { recursive: true })
    const draft = `${kept}.${process.pid}`
    writeFileSync(draft, packFolder(folder))
    renameSync(draft, kept)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @returns {string} */
function versionOfPglite() {
  const main = createRequire(import.meta.url).resolve('@electric-sql/pglite')
  return JSON.parse(readFileSync(join(dirname(main), '..', 'package.json'), 'utf8')).version
}

/** @returns {string} */
function hashOfMigrations() {
  const hash = createHash('sha256')
  for (const name of readdirSync(migrationsFolder).sort()) {
    if (name.endsWith('.sql')) hash.update(`${name}\0${readFileSync(join(migrationsFolder, name), 'utf8')}\0`)
  }
  hash.update(readFileSync(join(migrationsFolder, 'meta', '_journal.json')))
  return hash.digest('hex').slice(0, 16)
}

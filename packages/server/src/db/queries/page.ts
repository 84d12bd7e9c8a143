import { type AnyColumn, desc, eq, lt, type SQL } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'

/** Which part of a list is wanted: so many, newest first, those before `before`. */
export interface PageRequest {
  readonly limit: number
  readonly before?: string | undefined
}

/** Part of a list, and the `before` of the next part; null at the end. */
export interface Page<Row> {
  readonly items: Row[]
  readonly next: string | null
}

/** What a query of a page asks of the column with the identifiers. */
export function pageOf(
  id: AnyPgColumn,
  { limit, before }: PageRequest,
): { where?: SQL; order: SQL; take: number } {
  return {
    ...(before === undefined ? {} : { where: lt(id, before) }),
    order: desc(id),
    // One more than asked for tells whether there is a next page.
    take: limit + 1,
  }
}

/** Makes the page of what such a query gave. */
export function toPage<Row extends { readonly id: string }>(rows: Row[], { limit }: PageRequest): Page<Row> {
  const items = rows.slice(0, limit)
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
}

/** The conditions of a filter: each column that is named in it has that value; what is undefined is not asked for. */
export function matching<Name extends string>(
  columns: Readonly<Record<Name, AnyColumn>>,
  filter: { readonly [name in Name]?: string | undefined },
): SQL[] {
  return (Object.keys(columns) as Name[]).flatMap((name) =>
    filter[name] === undefined ? [] : [eq(columns[name], filter[name])],
  )
}

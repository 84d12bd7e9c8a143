import { type InfiniteData, type UseInfiniteQueryResult, useInfiniteQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { problemOf } from '../api/problem.ts'
import type { Self } from '../api/self.ts'
import { DataTable } from '../ui/data-table.tsx'
import { Button, ProblemNotice, Select, Waiting } from '../ui/parts.tsx'
import styles from '../ui/table.module.css'

const REFRESH_MS = 3000
const PAGE = 30

/** Whose entries a list shows. */
export type Scope = 'mine' | 'all'

interface ListPage<Item> {
  readonly items: readonly Item[]
  readonly nextCursor: string | null
}

type List<Item> = UseInfiniteQueryResult<InfiniteData<ListPage<Item>>>

/** A list of the service that is read page by page, and kept up to date. */
export function usePagedList<Item>(
  queryKey: readonly unknown[],
  read: (page: { readonly limit: number; readonly cursor: string | undefined }) => Promise<ListPage<Item>>,
): { readonly list: List<Item>; readonly items: readonly Item[] } {
  const list = useInfiniteQuery({
    queryKey,
    queryFn: async ({ pageParam }) => await read({ limit: PAGE, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    refetchInterval: REFRESH_MS,
  })
  return { list, items: list.data?.pages.flatMap((page) => page.items) ?? [] }
}

/** The scope that stands in the address. */
export function scopeOf(query: URLSearchParams): Scope {
  return query.get('scope') === 'all' ? 'all' : 'mine'
}

/** Lets an administrator choose whose entries are shown. */
export function ScopeSelect({
  self,
  scope,
  onChange,
}: {
  readonly self: Self
  readonly scope: Scope
  readonly onChange: (change: { readonly scope: string }) => void
}) {
  const { t } = useTranslation()
  if (self.user.role !== 'admin') return null
  return (
    <Select
      label={t('activity.whose')}
      value={scope}
      onChange={(event) => onChange({ scope: event.target.value === 'all' ? 'all' : '' })}
    >
      <option value="mine">{t('activity.mine')}</option>
      <option value="all">{t('activity.all')}</option>
    </Select>
  )
}

/** A table of what was read so far, or why there is none, and the button for more. */
export function PagedTable<Item>({
  list,
  isEmpty,
  empty,
  children,
}: {
  readonly list: List<Item>
  readonly isEmpty: boolean
  readonly empty: ReactNode
  /** Caption, head and body of the table. */
  readonly children: ReactNode
}) {
  const { t } = useTranslation()
  return (
    <>
      {list.error && <ProblemNotice problem={problemOf(list.error)} />}
      {list.isPending && <Waiting />}
      {list.data && isEmpty && empty}
      {!isEmpty && <DataTable>{children}</DataTable>}
      {list.hasNextPage && (
        <div className={styles.more}>
          <Button onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
            {t('output.more')}
          </Button>
        </div>
      )}
    </>
  )
}

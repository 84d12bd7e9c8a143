import { type InfiniteData, type UseInfiniteQueryResult, useInfiniteQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { problemOf } from '../api/problem.ts'
import { DataTable } from './data-table.tsx'
import { Button, ProblemNotice, Waiting } from './parts.tsx'
import styles from './table.module.css'

const REFRESH_MS = 3000
const PAGE = 30

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
  return (
    <>
      {list.error && <ProblemNotice problem={problemOf(list.error)} />}
      {list.isPending && <Waiting />}
      {list.data && isEmpty && empty}
      {!isEmpty && <DataTable>{children}</DataTable>}
      <MoreButton list={list} />
    </>
  )
}

/** Reads the next page of a list, as long as there is one. */
export function MoreButton<Item>({ list }: { readonly list: List<Item> }) {
  const { t } = useTranslation()
  if (!list.hasNextPage) return null
  return (
    <div className={styles.more}>
      <Button onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
        {t('output.more')}
      </Button>
    </div>
  )
}

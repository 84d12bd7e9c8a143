import { useCallback } from 'react'
import { useLocation, useSearch } from 'wouter'

/** What stands in the query of the address, and a way to change it: what is empty is not in it. */
export function useQueryText(): [URLSearchParams, (change: Readonly<Record<string, string>>) => void] {
  const search = useSearch()
  const [path, go] = useLocation()
  const change = useCallback(
    (changes: Readonly<Record<string, string>>) => {
      const next = new URLSearchParams(search)
      for (const [name, value] of Object.entries(changes))
        if (value === '') next.delete(name)
        else next.set(name, value)
      const text = next.toString()
      go(text === '' ? path : `${path}?${text}`, { replace: true })
    },
    [search, path, go],
  )
  return [new URLSearchParams(search), change]
}

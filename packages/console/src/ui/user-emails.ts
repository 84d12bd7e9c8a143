import { useQuery } from '@tanstack/react-query'
import { usersQuery } from '../api/admin.ts'

/** The e-mail of a user by the identifier, for administrators; the identifier where nobody has it any more. */
export function useEmails(isWanted = true): (id: string) => string {
  const { data: users } = useQuery({ ...usersQuery, enabled: isWanted })
  return (id) => users?.items.find((user) => user.id === id)?.email ?? id
}

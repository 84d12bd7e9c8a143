import { useState } from 'react'
import { problemOf, type ServiceProblem } from '../api/problem.ts'

/** How far something has come that the service may refuse. */
export interface Deed {
  readonly problem: ServiceProblem | null
  readonly isBusy: boolean
  /** Does it, and says whether it was done. */
  readonly attempt: (work: () => Promise<unknown>) => Promise<boolean>
}

/** Does something that the service may refuse: whether it goes on, and what was refused. */
export function useDeed(): Deed {
  const [problem, setProblem] = useState<ServiceProblem | null>(null)
  const [isBusy, setBusy] = useState(false)
  const attempt = async (work: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true)
    setProblem(null)
    try {
      await work()
      return true
    } catch (error) {
      setProblem(problemOf(error))
      return false
    } finally {
      setBusy(false)
    }
  }
  return { problem, isBusy, attempt }
}

import { signal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { ask, HttpError } from './ask.ts'
import { isSignedOut } from './session.ts'

/** What is known of a question: the last answer stays while the next one is on its way, and when that fails. */
export interface Known<Answer> {
  readonly answer?: Answer
  readonly isWaiting: boolean
  readonly problem?: HttpError
}

/** Asks whenever the question changes. A question that nobody waits for any more is cancelled. */
export function useQuestion<Answer>(
  path: readonly string[],
  query: Readonly<Record<string, unknown>>,
): Known<Answer> {
  const known = useMemo(() => signal<Known<Answer>>({ isWaiting: true }), [])
  const question = JSON.stringify([path, query])
  useEffect(() => {
    const stop = new AbortController()
    known.value = { ...known.peek(), isWaiting: true }
    ask<Answer>(path, query, stop.signal).then(
      answer => {
        known.value = { answer, isWaiting: false }
      },
      (error: Error) => {
        if (error.name === 'AbortError') return
        const problem = error instanceof HttpError ? error : new HttpError(0, 'unknown', error.message)
        if (problem.status === 401) isSignedOut.value = true
        known.value = { ...known.peek(), isWaiting: false, problem }
      },
    )
    return () => stop.abort()
  }, [question])
  return known.value
}

import { signal } from '@preact/signals'
import type { Page, RunRow } from '@runtape/core/store'
import { useEffect, useMemo } from 'preact/hooks'
import { ask, HttpError } from '../api/ask.ts'

/** What is loaded of a list of runs. */
export interface LoadedRuns {
  readonly rows: readonly RunRow[]
  readonly nextCursor?: string
  readonly isWaiting: boolean
  readonly problem?: HttpError
}

const pageSize = 200

/** A list that grows by pages: `more` loads the next one, once. */
export function useRuns(query: Readonly<Record<string, unknown>>): { loaded: LoadedRuns; more: () => void } {
  const loaded = useMemo(() => signal<LoadedRuns>({ rows: [], isWaiting: true }), [])
  const question = JSON.stringify(query)
  const state = useMemo(() => ({ stop: new AbortController(), isLoading: false }), [question])
  const load = async (cursor?: string) => {
    if (state.isLoading) return
    state.isLoading = true
    const before = cursor === undefined ? [] : loaded.peek().rows
    loaded.value = { ...loaded.peek(), isWaiting: true }
    try {
      const page = await ask<Page<RunRow>>(
        ['runs'],
        { ...query, fields: 'row', limit: pageSize, ...(cursor !== undefined && { cursor }) },
        state.stop.signal,
      )
      const next = page.nextCursor === undefined ? {} : { nextCursor: page.nextCursor }
      loaded.value = { rows: [...before, ...page.items], isWaiting: false, ...next }
    } catch (error) {
      if ((error as Error).name === 'AbortError') return
      const problem =
        error instanceof HttpError ? error : new HttpError(0, 'unknown', (error as Error).message)
      loaded.value = { ...loaded.peek(), isWaiting: false, problem }
    } finally {
      state.isLoading = false
    }
  }
  useEffect(() => {
    void load()
    return () => state.stop.abort()
  }, [question])
  const more = () => {
    const { nextCursor } = loaded.peek()
    if (nextCursor !== undefined) void load(nextCursor)
  }
  return { loaded: loaded.value, more }
}

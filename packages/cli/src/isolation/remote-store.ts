import { RuntapeError, type TapeRecord } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import type { FromItem, StoreCall, StoreError, ToItem } from './messages.ts'
import type { PipeHold } from './pipe-hold.ts'

/** The command's store as seen by an item's process: reads traces and keeps records. */
export function remoteStore(ask: (call: StoreCall) => Promise<unknown>): Store {
  const kept = new Set<string>()
  const append = async (records: readonly TapeRecord[]) => {
    for (const { traceId } of records) if (traceId !== undefined) kept.add(traceId)
    return (await ask({ method: 'append', args: [records] })) as Awaited<ReturnType<Store['append']>>
  }
  return {
    append,
    runs: { get: refuse, list: refuse, usage: refuse, facets: refuse },
    traces: {
      get: async (traceId, options) =>
        (await ask({ method: 'get', args: [traceId, options ?? {}] })) as never,
      getSpan: async (traceId, spanId, options) =>
        (await ask({ method: 'getSpan', args: [traceId, spanId, options ?? {}] })) as never,
      list: refuse,
      skeleton: refuse,
      payload: refuse,
      search: refuse,
    },
    // The test run belongs to the command.
    testRuns: {
      start: async ({ testRunId = '' }) => ({ testRunId }),
      complete: async () => ({
        traceIds: Object.fromEntries([...kept].map(id => [id, id])),
        traceCount: kept.size,
      }),
      get: async () => undefined,
      list: refuse,
      // The command stores the items, because it knows the attempts.
      putItem: async () => ({ status: 'accepted' }),
      putLate: async () => ({ status: 'accepted' }),
      items: refuse,
      item: refuse,
      putVerdict: refuse,
      withdrawVerdict: refuse,
      verdicts: refuse,
    },
    ...refusedParts,
    close: async () => {},
  }
}

const refuse = async (): Promise<never> => {
  throw new RuntapeError(
    'store-unusable',
    "An isolated item can read only its own trace. Use the command's store.",
  )
}

/** Parts of the store that an item must not use. */
const refusedParts = {
  reviews: {
    put: refuse,
    withdraw: refuse,
    list: refuse,
    queue: refuse,
    next: refuse,
    release: refuse,
    progress: refuse,
  },
  views: { put: refuse, get: refuse, list: refuse, remove: refuse },
  search: refuse,
  cohorts: {
    create: refuse,
    change: refuse,
    get: refuse,
    list: refuse,
    versions: refuse,
    entries: refuse,
    remove: refuse,
  },
  revision: refuse,
  changes: refuse,
  budgets: {
    put: refuse,
    list: refuse,
    remove: refuse,
    state: refuse,
    check: refuse,
    crossings: refuse,
  },
  health: { get: refuse, report: refuse },
  prune: refuse,
  erase: refuse,
} satisfies Partial<Store>

/** Sends requests to the command. Each keeps this process alive until its response. */
export function askCommand(hold: PipeHold, send: (message: FromItem) => void) {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let last = 0
  const take = (id: number) => {
    const answer = waiting.get(id)
    if (waiting.delete(id)) hold.requests--
    return answer
  }
  return {
    ask: (call: StoreCall): Promise<unknown> => {
      const answer = Promise.withResolvers<unknown>()
      const id = ++last
      hold.requests++
      waiting.set(id, answer)
      try {
        send({ kind: 'ask', id, ...call })
      } catch (error) {
        take(id)?.reject(error)
      }
      return answer.promise
    },
    answered: ({ id, value, error }: Extract<ToItem, { kind: 'answer' }>) => {
      const answer = take(id)
      if (error === undefined) answer?.resolve(value)
      else answer?.reject(thrownBy(error))
    },
  }
}

const thrownBy = ({ message, code }: StoreError): Error =>
  code === undefined ? new Error(message) : new RuntapeError(code, message)

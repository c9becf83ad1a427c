import { RuntapeError, type Store, type TapeRecord } from '@runtape/core'
import type { FromItem, StoreCall, ToItem } from './messages.ts'

/** The store of the command, as the process of one item has it: it reads traces and keeps records. */
export function remoteStore(ask: (call: StoreCall) => Promise<unknown>): Store {
  const kept = new Set<string>()
  const append = async (records: readonly TapeRecord[]) => {
    for (const { traceId } of records) if (traceId !== undefined) kept.add(traceId)
    return (await ask({ method: 'append', args: [records] })) as Awaited<ReturnType<Store['append']>>
  }
  return {
    append,
    runs: { get: refuse, list: refuse, usage: refuse, revision: refuse },
    traces: {
      get: async (traceId, options) =>
        (await ask({ method: 'get', args: [traceId, options ?? {}] })) as never,
      getSpan: async (traceId, spanId) =>
        (await ask({ method: 'getSpan', args: [traceId, spanId] })) as never,
      list: refuse,
    },
    // The test run is the command's.
    testRuns: {
      start: async ({ testRunId = '' }) => ({ testRunId }),
      complete: async () => ({
        traceIds: Object.fromEntries([...kept].map(id => [id, id])),
        traceCount: kept.size,
      }),
      get: async () => undefined,
      list: refuse,
      putVerdict: refuse,
    },
    prune: refuse,
    erase: refuse,
    close: async () => {},
  }
}

const refuse = async (): Promise<never> => {
  throw new RuntapeError(
    'store-unusable',
    'An isolated item reads its own trace only. Ask the store of the command.',
  )
}

/** Asks the command, by messages of this process. */
export function askCommand(send: (message: FromItem) => void) {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let last = 0
  return {
    ask: (call: StoreCall): Promise<unknown> => {
      const answer = Promise.withResolvers<unknown>()
      const id = ++last
      if (waiting.size === 0) process.channel?.ref()
      waiting.set(id, answer)
      send({ kind: 'ask', id, ...call })
      return answer.promise
    },
    answered: ({ id, value, error }: Extract<ToItem, { kind: 'answer' }>) => {
      const answer = waiting.get(id)
      waiting.delete(id)
      if (waiting.size === 0) process.channel?.unref()
      if (error === undefined) answer?.resolve(value)
      else answer?.reject(new Error(error))
    },
  }
}

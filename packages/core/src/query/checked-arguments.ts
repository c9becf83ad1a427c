import type { RuntapeError } from '../errors.ts'
import type { Store } from '../store/store.ts'
import { refusal } from './read-query.ts'

const steps = {
  runId: 'Pass the id of a run, as runs.list returns it.',
  traceId: 'Pass the id of a trace, as traces.list returns it.',
  spanId: 'Pass the id of a span, as traces.get returns it.',
  testRunId: 'Pass the id that testRuns.start returned.',
  name: 'Pass the name of a budget, as budgets.list returns it.',
} as const

type Ids = readonly (keyof typeof steps)[]

/** The first arguments of each member that takes ids. Separate functions read the other arguments. */
const ids: { readonly [Part in keyof Store]?: Readonly<Record<string, Ids>> } = {
  runs: { get: ['runId'] },
  traces: {
    get: ['traceId'],
    getSpan: ['traceId', 'spanId'],
    getSpanSync: ['traceId', 'spanId'],
    skeleton: ['traceId'],
    payload: ['traceId', 'spanId'],
    search: ['traceId'],
  },
  testRuns: {
    complete: ['testRunId'],
    get: ['testRunId'],
    putItem: ['testRunId'],
    putLate: ['testRunId'],
    items: ['testRunId'],
    item: ['testRunId'],
    putVerdict: ['testRunId', 'traceId'],
    withdrawVerdict: ['testRunId', 'traceId'],
    verdicts: ['testRunId'],
  },
  budgets: { remove: ['name'] },
}

type Member = (...args: readonly unknown[]) => unknown

/**
 * A store that refuses ids that are no texts, and records that are no list, before it reads anything.
 *
 * @throws {RuntapeError} `invalid-option`
 */
export function withCheckedArguments<S extends Store>(store: S): S {
  const { appendSync } = store
  const parts = Object.entries(ids).map(([part, members]) => [
    part,
    withCheckedIds(part, store[part as 'runs'] as never, members),
  ])
  return {
    ...store,
    ...Object.fromEntries(parts),
    append: records =>
      Array.isArray(records) ? store.append(records) : Promise.reject(noRecords('append', records)),
    ...(appendSync && {
      appendSync: (records: readonly never[]) => {
        if (Array.isArray(records)) return appendSync(records)
        throw noRecords('appendSync', records)
      },
    }),
  } as S
}

function withCheckedIds(
  part: string,
  own: Readonly<Record<string, Member | undefined>>,
  members: Readonly<Record<string, Ids>>,
): Readonly<Record<string, Member | undefined>> {
  const checked = Object.entries(members).flatMap(([name, of]) => {
    const member = own[name]
    if (member === undefined) return []
    const call: Member = (...args) => {
      for (const [at, id] of of.entries()) requireId(`${id} of ${part}.${name}`, args[at], steps[id])
      return member(...args)
    }
    return [[name, name.endsWith('Sync') ? call : async (...args: readonly unknown[]) => call(...args)]]
  })
  return { ...own, ...Object.fromEntries(checked) }
}

function requireId(name: string, value: unknown, step: string): void {
  if (typeof value !== 'string') throw refusal(name, value, 'must be a string', step)
}

const noRecords = (of: string, records: unknown): RuntapeError =>
  refusal(`The argument of ${of}`, records, 'must be a list of records', `Call ${of}([record]).`)

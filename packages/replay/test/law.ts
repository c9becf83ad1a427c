import { isDeepStrictEqual } from 'node:util'
import type { SpanRecord } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { createRecorder } from '@runtape/recorder'
import { memoryStore } from '@runtape/testing'
import { createTracer } from '@runtape/trace'
import { replay } from '../src/run/replay.ts'
import { type ChangedPlan, change, numbered, runPlan } from './changed-program.ts'
import { type Program, runProgram } from './random-program.ts'

/** Records the program, replays it unchanged, and returns the differences from the recording. */
export async function lawProblems(
  program: Program,
  mock: 'all' | 'marked',
  /** Wraps the store for the replay. */
  kept = (store: Store) => store,
): Promise<unknown[]> {
  const store = memoryStore()
  const recorder = createRecorder({ store, logger: { warn: () => {} } })
  const { root, ran, losers } = runProgram(program, createTracer({ sink: recorder }))
  const recorded = await settle(root)
  await losers()
  await recorder.close()
  ran.length = 0
  const { items, summary } = await replay(root, { store: kept(store), mock })
  await losers()
  const [item] = items
  const ended =
    'error' in recorded
      ? isDeepStrictEqual(item?.thrown, recorded.error)
      : isDeepStrictEqual(item?.result, recorded.result) && item?.error === null
  const forbidden = mock === 'all' ? ran : ran.filter(name => name.startsWith('marked'))
  const problems: unknown[] = []
  if (!ended) problems.push({ recorded, now: item?.result, thrown: item?.thrown })
  if (summary.same !== 1) problems.push({ same: summary.same })
  if (summary.drifted + summary.missed + summary.unused > 0) problems.push(item?.mocks)
  if (forbidden.length > 0) problems.push({ ran: forbidden })
  return problems
}

/** Removes the recorded order, to prove that the law check fails without it. */
export function forgetful(store: Store): Store {
  const forget = ({ startOrder: _start, endOrder: _end, ...span }: SpanRecord): SpanRecord => span
  const get = async (traceId: string) => {
    const trace = await store.traces.get(traceId)
    return trace && { ...trace, root: forget(trace.root), spans: trace.spans.map(forget) }
  }
  return { ...store, traces: { ...store.traces, get } }
}

/** Defers every possible output, and loads it after a delay by an unreferenced timer. */
export function late(store: Store): Store {
  let asked = 0
  const getSpan: Store['traces']['getSpan'] = async (traceId, spanId) => {
    const ms = asked++ % 4
    if (ms > 0) await new Promise(resolve => setTimeout(resolve, 2 * ms).unref())
    return store.traces.getSpan(traceId, spanId)
  }
  const get = async (traceId: string) => store.traces.get(traceId, { deferOutputsFrom: 0 })
  return { ...store, traces: { ...store.traces, get, getSpan } }
}

async function settle(run: () => Promise<unknown>): Promise<{ result: unknown } | { error: unknown }> {
  try {
    return { result: await run() }
  } catch (error) {
    return { error }
  }
}

/** Records a plan, replays it with one change, and returns the report if it differs from that change. */
export async function changeProblems({ plan, kind, where }: ChangedPlan): Promise<unknown[]> {
  const recorded = numbered(plan)
  const changed = change(recorded, kind, where)
  if (!changed) return []
  const store = memoryStore()
  const recorder = createRecorder({ store })
  let current = recorded
  const root = runPlan(() => current, createTracer({ sink: recorder }))
  await root()
  await recorder.close()
  current = changed.plan
  const { items } = await replay(root, { store, mock: 'marked', onMiss: 'run' })
  const [item] = items
  if (!item?.diff || item.error !== null) return [{ error: item?.error }]
  const { missed, drifted, unused } = item.mocks
  const trace = await store.traces.get(item.sourceTraceId)
  const inputOf = (id: string | undefined) =>
    Number(JSON.parse(trace?.spans.find(({ spanId }) => spanId === id)?.input.json ?? '[]')[0])
  const found = {
    missed: missed.map(({ input }) => input?.[0]),
    drifted: drifted.map(({ recordedInput, input }) => [recordedInput?.[0], input?.[0]]),
    unused: unused.map(({ sourceSpanId }) => inputOf(sourceSpanId)),
    added: item.diff.added.length,
    removed: item.diff.removed.map(({ sourceSpanId }) => inputOf(sourceSpanId)),
    changed: item.diff.changed.map(({ sourceSpanId, changed: how }) => [
      inputOf(sourceSpanId),
      ...(how ?? []),
    ]),
    reordered: item.diff.reordered.length,
    reorderedOne: item.diff.reordered.every(({ sourceSpanId }) =>
      changed.inputs.includes(inputOf(sourceSpanId)),
    ),
  }
  const { inputs } = changed
  const expected = {
    missed: kind === 'added' ? inputs : [],
    drifted: kind === 'changed' ? [[inputs[0], 1000]] : [],
    unused: kind === 'removed' ? inputs : [],
    added: Number(kind === 'added'),
    removed: kind === 'removed' ? inputs : [],
    changed: kind === 'changed' ? [[inputs[0], 'input']] : [],
    reordered: Number(kind === 'reordered'),
    reorderedOne: true,
  }
  return isDeepStrictEqual(found, expected) ? [] : [{ kind, found, expected }]
}

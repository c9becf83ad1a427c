import { isDeepStrictEqual } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type ReplayItem, type ReplayOptions, type ReplayReport, replay } from '@runtape/replay'
import { definitionOf } from '@runtape/trace'
import type { Application, Reported } from './application.ts'
import { effects } from './effects.ts'
import type { OutsideWorld } from './host.ts'
import { recorder, store } from './tape.ts'

// A generator that was left halfway is on the tape once it has been garbage-collected.
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

type Mock = 'all' | 'marked'

/**
 * Uses a program, replays it unchanged under `all` and `marked`, one item and ten at a time, and replays it with its one
 * change. Resolves to all violations; to none if the program keeps the law.
 */
export async function problemsOf(application: Application, world: OutsideWorld): Promise<unknown[]> {
  const problems: unknown[] = []
  try {
    const traceIds = await record(application)
    if (traceIds.length !== application.inputs.length) problems.push({ traces: traceIds.length })
    for (const mock of ['all', 'marked'] as const) {
      for (const maxConcurrency of application.sharesState ? [1] : [1, 10]) {
        const found = await unchangedProblems(application, world, { traceIds, mock, maxConcurrency })
        problems.push(...found.map(problem => ({ mock, maxConcurrency, problem })))
      }
    }
    problems.push(...(await changeProblems(application, traceIds)))
  } finally {
    await application.close?.()
  }
  return problems
}

/** Uses the program with each of its inputs, as its users would; the traces in the order of the inputs. */
async function record({ entry, inputs, use = entry, lingersMs = 0 }: Application): Promise<string[]> {
  const traceIds: string[] = []
  const { key } = definitionOf(entry) ?? { key: '' }
  for (const input of inputs) {
    await read(() => use(...(input as never[]))).catch(() => {})
    await new Promise(resolve => setTimeout(resolve, lingersMs))
    collectGarbage()
    await new Promise(resolve => setImmediate(resolve))
    await recorder.flush()
    const { items } = await store.traces.list({ key })
    traceIds.push(...items.map(({ traceId }) => traceId).filter(id => !traceIds.includes(id)))
  }
  return traceIds
}

async function read(call: () => unknown): Promise<void> {
  const result = await call()
  if (result instanceof Response) return void (await result.clone().text())
  if (typeof result !== 'object' || result === null || !(Symbol.asyncIterator in result)) return
  for await (const _ of result as AsyncIterable<unknown>);
}

type Plan = Pick<ReplayOptions, 'maxConcurrency'> & {
  readonly traceIds: readonly string[]
  readonly mock: Mock
}

async function replayed({ entry, restart }: Application, plan: Plan) {
  restart?.()
  const warnings: string[] = []
  const logger = { warn: (message: string) => void warnings.push(message) }
  const report = await replay(entry, { ...plan, store, logger, itemTimeoutMs: 8_000, stopOnSigint: false })
  return { report: report as ReplayReport<readonly unknown[], unknown>, warnings }
}

async function unchangedProblems(
  application: Application,
  world: OutsideWorld,
  plan: Plan & { readonly mock: Mock },
): Promise<unknown[]> {
  const before = { effects: effects(), requests: world.requests() }
  const { report, warnings } = await replayed(application, plan)
  const problems: unknown[] = warnings.map(warning => ({ warning }))
  if (!isDeepStrictEqual(effects(), before.effects)) problems.push({ before: before.effects, now: effects() })
  const requests = world.requests() - before.requests
  if (requests > 0 && !(plan.mock === 'marked' && application.asksModel)) problems.push({ requests })
  for (const item of report.items) problems.push(...(await itemProblems(application, item, plan.mock)))
  return problems
}

async function itemProblems(application: Application, item: ReplayItem, mock: Mock): Promise<unknown[]> {
  const { unchanged } = application
  const expected = { outcome: 'same', ...noCalls, ...unchanged?.reports }
  const found = expectedOrder(application, mock, reported([item]))
  const problems: unknown[] = []
  if (!isDeepStrictEqual(found, expected)) problems.push({ ...found, ...details(item) })
  if (unchanged)
    return unchanged.reason.test(reasonOf(item)) ? problems : [...problems, { reason: reasonOf(item) }]
  const recorded = await servedOf(item.sourceTraceId, mock)
  const served = item.mocks.served.length
  if (served < recorded.least || served > recorded.most) problems.push({ served, recorded })
  return problems
}

/**
 * How many recorded calls a replay answers before the entry returns: the outermost ones that the strategy mocks. It may
 * answer some later ones.
 */
async function servedOf(traceId: string, mock: Mock): Promise<{ least: number; most: number }> {
  const trace = await store.traces.get(traceId)
  const { spans = [], root } = trace ?? {}
  const isServed = (span: (typeof spans)[number]) => mock === 'all' || span.mockOnReplay === true
  const reached = [root?.spanId]
  let [least, most] = [0, 0]
  for (const parent of reached) {
    for (const span of spans) {
      if (span.parentSpanId !== parent || span === root) continue
      if (!isServed(span)) reached.push(span.spanId)
      else if (++most && (span.startOrder ?? 0) < (root?.endOrder ?? 0)) least++
    }
  }
  return { least, most }
}

async function changeProblems(application: Application, traceIds: readonly string[]): Promise<unknown[]> {
  const { make, reports } = application.change
  const undo = make()
  const before = effects()
  try {
    const { report } = await replayed(application, { traceIds, mock: 'marked', maxConcurrency: 1 })
    const found = expectedOrder(application, 'marked', reported(report.items))
    const expected = { outcome: 'changed', ...noCalls, ...reports }
    if (!isDeepStrictEqual(effects(), before)) return [{ change: expected, before, now: effects() }]
    if (isDeepStrictEqual(found, expected)) return []
    return [{ change: expected, found, ...report.items.map(details) }]
  } finally {
    undo()
  }
}

/** Removes the order of calls that follow concurrent model calls. */
function expectedOrder({ asksModel }: Application, mock: Mock, found: Reported): Reported {
  return asksModel === 'in parallel' && mock === 'marked' ? { ...found, reordered: [] } : found
}

const noCalls = { drifted: [], missed: [], unused: [], added: [], removed: [], reordered: [], changed: [] }

/** The report's combined data about these items. */
function reported(items: readonly ReplayItem[]): Reported {
  const keys = (lists: readonly (readonly { readonly key: string }[])[]) =>
    [...new Set(lists.flat().map(({ key }) => key))].sort()
  const mocks = (list: 'drifted' | 'missed' | 'unused') => keys(items.map(item => item.mocks[list]))
  const calls = (list: 'added' | 'removed' | 'reordered' | 'changed') =>
    keys(items.map(({ diff }) => diff?.[list] ?? []))
  return {
    outcome: [...new Set(items.map(({ outcome }) => outcome))].sort().join('|'),
    drifted: mocks('drifted'),
    missed: mocks('missed'),
    unused: mocks('unused'),
    added: calls('added'),
    removed: calls('removed'),
    reordered: calls('reordered'),
    changed: calls('changed'),
  }
}

/** All reasons that an item has for its outcome. */
const reasonOf = (item: ReplayItem): string =>
  [item.reason, item.error, ...item.mocks.missed.map(({ reason }) => reason)].join(' ')

function details(item: ReplayItem): object {
  const { error, result, originalOutput, mocks, originalError } = item
  const missed = mocks.missed.map(({ key, reason }) => `${key}: ${reason}`)
  return { error, originalError, missed, result, originalOutput, drift: mocks.drifted }
}

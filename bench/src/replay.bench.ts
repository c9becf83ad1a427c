import { createHash } from 'node:crypto'
import type { SpanRecord } from '@runtape/core'
import type { Store, Trace } from '@runtape/core/store'
import { replay } from '@runtape/replay'
import { memoryStore, payload, span } from '@runtape/testing'
import { createTracer } from '@runtape/trace'
import pLimit from 'p-limit'
// The matcher is not public, so it is imported from the sources.
import { RecordedTree } from '../../packages/replay/src/match/recorded-tree.ts'
import { measure } from './measure.ts'

const items = 200
const children = 10
const concurrency = 10

/** A store that costs almost nothing, so that only the replay is measured. */
function storeOf(traces: readonly Trace[]): Store {
  const byId = new Map(traces.map(trace => [trace.traceId, trace]))
  const list = traces.map(({ root }) => root)
  let made: string[] = []
  const store = memoryStore()
  return {
    ...store,
    append: async records => {
      for (const record of records)
        if (record.kind === 'span' && record.parentSpanId === undefined) made.push(record.traceId)
      return { accepted: records.length, duplicates: 0, conflicts: 0, conflicting: [] }
    },
    traces: { ...store.traces, get: async id => byId.get(id), list: async () => ({ items: list }) },
    testRuns: {
      ...store.testRuns,
      start: async () => {
        made = []
        return { testRunId: 'bench' }
      },
      putItem: async () => ({ status: 'accepted' }),
      complete: async () => ({ traceIds: Object.fromEntries(made.map(id => [id, id])) }),
    },
  }
}

function recordedTrace(trace: number, document: unknown): Trace {
  const places = { startOrder: 0, endOrder: 4 * children }
  const root = span({ key: 'root', input: payload([trace]), output: payload(children), ...places })
  const { traceId, spanId: parentSpanId } = root
  // Like a real recording: they start together, and each ends in its own turn.
  const spans = Array.from({ length: children }, (_, seq) =>
    span({
      traceId,
      parentSpanId,
      seq,
      key: 'child',
      input: payload([seq]),
      output: payload(document),
      startOrder: seq + 1,
      endOrder: 2 * children + 2 * seq,
    }),
  )
  return { traceId, root, spans: [root, ...spans] }
}

async function measureItems(size: string, document: unknown): Promise<void> {
  const child = async (_index: number) => document
  const call = (children: (index: number) => Promise<unknown>) => async (_trace: number) => {
    const all = await Promise.all(places.map(index => children(index)))
    return all.length
  }
  const { traced } = createTracer({
    sink: { append: () => {}, flush: async () => {}, close: async () => {} },
  })
  const bare = call(child)
  const replayed = traced('root', call(traced('child', child)))
  const traces = Array.from({ length: items }, (_, trace) => recordedTrace(trace, document))
  const store = storeOf(traces)
  const floor = () => {
    const limit = pLimit(concurrency)
    return Promise.all(traces.map((_, trace) => limit(bare, trace)))
  }
  const subject = async () => {
    const { summary } = await replay(replayed, {
      store,
      mock: 'all',
      limit: items,
      maxConcurrency: concurrency,
    })
    if (summary.served !== items * children || summary.same !== items) throw new Error('not all was served')
  }
  const { floorNs, subjectNs } = await measure(
    `replay, ${children} mocked children of ${size}`,
    floor,
    subject,
  )
  const perItem = (subjectNs - floorNs) / items / 1000
  const note = `${perItem.toFixed(0)} µs above the floor per item, ${(perItem / children).toFixed(1)} µs per child`
  console.log(
    `${''.padEnd(44)} ${note}, of which JSON.parse of its answer ${parseMicros(document).toFixed(1)} µs`,
  )
}

/** The minimum of every replay: each answer is a new value. */
function parseMicros(document: unknown): number {
  const { json } = payload(document)
  const rounds = Array.from({ length: 20 }, () => {
    const started = performance.now()
    for (let count = 0; count < 100; count++) JSON.parse(json)
    return (performance.now() - started) * 10
  })
  return rounds.sort((a, b) => a - b)[10] ?? 0
}

const places = Array.from({ length: children }, (_, index) => index)
const passage = 'Items can be returned within thirty days of delivery, in their "original" packaging.\n'
await measureItems('20 B', { id: 1, ok: true })
await measureItems('5 KB', { text: passage.repeat(58) })
await measureItems('100 KB', { texts: Array.from({ length: 200 }, () => passage.repeat(6)) })

const calls = 10_000
const inputs = Array.from({ length: calls }, (_, index) => payload([{ order: index, note: passage }]))

function recordedFan(): { root: SpanRecord; trace: Trace } {
  const root = span({ key: 'root' })
  const { traceId, spanId: parentSpanId } = root
  const spans = inputs.map((input, seq) => span({ traceId, parentSpanId, seq, key: 'child', input }))
  return { root, trace: { traceId, root, spans: [root, ...spans] } }
}

const { root, trace } = recordedFan()
const hash = (text: string) => createHash('sha256').update(text).digest('base64url')
let found = 0

// Both read the whole recording once and then find each call by its input.
const { subjectNs } = await measure(
  `matcher, ${calls.toLocaleString('en')} calls under one parent`,
  () => {
    const byInput = new Map(trace.spans.map(each => [hash(each.input.json), each]))
    for (const { json } of inputs) if (byInput.get(hash(json))) found++
  },
  () => {
    const tree = new RecordedTree(trace)
    for (const input of inputs) {
      const match = tree.take(root.spanId, 'child', 'child', input)
      if (match) match.call.state = 'answered'
      if (match?.drifted === false) found++
    }
  },
)
const perSecond = Math.round((calls / subjectNs) * 1e9).toLocaleString('en')
console.log(`${''.padEnd(44)} ${perSecond} lookups per second, ${found > 0 ? 'all found' : 'none found'}`)

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SpanRecord, TapeRecord } from '@runtape/core'
import { newSpanId, newTraceId } from '@runtape/core/internal'
import type { Trace } from '@runtape/core/store'
import { buildMockTree, type MockTreeNode, replay } from '@runtape/replay'
import { sqliteStore } from '@runtape/store-sqlite'
import { memoryStore, payload, span } from '@runtape/testing'
import { createTracer } from '@runtape/trace'
import pLimit from 'p-limit'
// Neither is public, so they are imported from the sources.
import { RecordedOrder } from '../../packages/replay/src/match/recorded-timeline.ts'
import { RecordedTree } from '../../packages/replay/src/match/recorded-tree.ts'

const silent = { append: () => {}, flush: async () => {}, close: async () => {} }
const { traced } = createTracer({ sink: silent })
const megabytes = () => Math.round(process.memoryUsage().rss / 2 ** 20)
const say = (what: string, result: string) => console.log(`${what.padEnd(44)} ${result}`)
const time = async <T>(run: () => T): Promise<[ms: number, result: Awaited<T>]> => {
  const started = performance.now()
  const result = await run()
  return [performance.now() - started, result]
}

await measureConcurrency()
await measureLargeOutputs(200)
await measureItems(10_000)
await measureTree(1_000_000)
await measureServed(1000)

/** Wall time of live items that each take a while, against the theoretical minimum. */
async function measureConcurrency(): Promise<void> {
  const [count, concurrency, latency] = [200, 10, 50]
  const bare = async (_id: number) => new Promise(resolve => setTimeout(resolve, latency))
  const wait = traced('wait', bare)
  const store = sqliteStore(':memory:')
  await store.append(Array.from({ length: count }, (_, id) => root('wait', id)))
  const limit = pLimit(concurrency)
  const ids = Array.from({ length: count }, (_, id) => id)
  const [bareMs] = await time(() => Promise.all(ids.map(id => limit(bare, id))))
  const [ms] = await time(() => replay(wait, { store, limit: count, maxConcurrency: concurrency }))
  const ideal = Math.ceil(count / concurrency) * latency
  say(
    `${count} items of ${latency} ms, ${concurrency} at once`,
    `${part(ideal / ms)} of the ideal, p-limit alone ${part(ideal / bareMs)}`,
  )
}

function part(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`
}

function root(key: string, id: number): SpanRecord {
  return span({
    key,
    input: payload([id]),
    output: payload(null),
    startedAt: Date.now(),
    startOrder: 0,
    endOrder: 99,
  })
}

/** A test run of many items from a database file, each with a large output, with `keepItems: false`. */
async function measureItems(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-bench-'))
  const store = sqliteStore(join(folder, 'runtape.db'))
  const text = 'Items can be returned within thirty days of delivery. '.repeat(200)
  const child = traced('child', async (_id: number): Promise<string> => text)
  const fn = traced('fn', async (id: number) => (await child(id)).length)
  for (let id = 0; id < count; id += 500) {
    await store.append(Array.from({ length: 500 }, (_, more) => traceOf(id + more, text)).flat())
  }
  const before = megabytes()
  let most = 0
  let seen = 0
  const [ms, { summary }] = await time(() =>
    replay(fn, {
      store,
      limit: count,
      mock: 'all',
      keepItems: false,
      onItem: () => {
        if (++seen % 500 === 0) most = Math.max(most, megabytes())
      },
    }),
  )
  if (summary.same !== count || summary.served !== count) throw new Error(JSON.stringify(summary))
  const each = `${((ms * 1000) / count).toFixed(0)} µs each`
  say(
    `${count.toLocaleString('en')} items of 10 KB from SQLite, not kept`,
    `${(ms / 1000).toFixed(1)} s, ${each}, ${most - before} MB more`,
  )
  await store.close()
  rmSync(folder, { recursive: true })
}

/** One trace with a megabyte of output per call, from a database file: how much of it is in memory at once. */
async function measureLargeOutputs(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-bench-'))
  const store = sqliteStore(join(folder, 'runtape.db'))
  const large = async (id: number) => `${id} `.repeat(1_000_000 / `${id} `.length)
  const sink = { ...silent, append: (record: TapeRecord) => void store.appendSync([record]) }
  const sum = (child: typeof large) => async () => {
    let characters = 0
    for (let id = 0; id < count; id++) characters += (await child(id)).length
    return characters
  }
  const recording = createTracer({ sink })
  await recording.traced('large', sum(recording.traced('child', large)))()
  const fn = traced('large', sum(traced('child', large)))
  for (const mock of ['all', 'none'] as const) {
    const before = megabytes()
    let most = 0
    const watching = setInterval(() => {
      most = Math.max(most, megabytes())
    }, 2)
    const [ms, { summary }] = await time(() => replay(fn, { store, mock }))
    clearInterval(watching)
    if (summary.same !== 1) throw new Error(JSON.stringify(summary))
    say(
      `${count} calls of 1 MB under mock '${mock}'`,
      `${(ms / 1000).toFixed(1)} s, ${most - before} MB more`,
    )
  }
  await store.close()
  rmSync(folder, { recursive: true })
}

function traceOf(id: number, text: string): SpanRecord[] {
  const traceId = newTraceId()
  const times = { startedAt: Date.now(), startOrder: 0, endOrder: 5 }
  const root = span({ traceId, key: 'fn', input: payload([id]), output: payload(text.length), ...times })
  const under = { traceId, parentSpanId: root.spanId, startOrder: 1, endOrder: 3 }
  return [root, span({ ...under, key: 'child', input: payload([id]), output: payload(text) })]
}

/** One trace of a million spans, a hundred under each. */
async function measureTree(count: number): Promise<void> {
  const traceId = newTraceId()
  const root = span({ traceId, key: 'root', startOrder: 0, endOrder: 4 * count })
  const spans = [root]
  while (spans.length < count) {
    const at = spans.length
    const parentSpanId = spans[Math.floor((at - 1) / 100)]?.spanId ?? root.spanId
    const order = { startOrder: at, endOrder: 2 * count + at }
    // The same texts for all: only the tree is measured.
    spans.push({
      ...root,
      spanId: newSpanId(),
      parentSpanId,
      seq: (at - 1) % 100,
      key: 'call',
      name: 'call',
      ...order,
    })
  }
  const [treeMs, tree] = await time(() => new RecordedTree({ traceId, root, spans }))
  say(`tree of ${count.toLocaleString('en')} spans`, `${treeMs.toFixed(0)} ms`)
  const [orderMs] = await time(() => new RecordedOrder(tree.calls()))
  say(`order of ${count.toLocaleString('en')} starts and ends each`, `${orderMs.toFixed(0)} ms`)
  const nodes = new Map<string, MockTreeNode & { children: MockTreeNode[] }>()
  for (const { spanId, parentSpanId, key, name } of spans) {
    const node = { traceFunctionKey: key, spanName: name, sourceSpanId: spanId, children: [] }
    nodes.set(spanId, node)
    if (parentSpanId !== undefined) nodes.get(parentSpanId)?.children.push(node)
  }
  const [mockTreeMs, entries] = await time(() => buildMockTree(nodes.get(root.spanId) ?? {}))
  say(`buildMockTree of ${entries.size.toLocaleString('en')} nodes`, `${mockTreeMs.toFixed(0)} ms`)
  const fn = traced('root', async () => 'answered')
  const [replayMs] = await time(() => replayOf(fn, { traceId, root, spans }))
  say(
    `replay of a trace of ${count.toLocaleString('en')} spans`,
    `${replayMs.toFixed(0)} ms, nothing of it used`,
  )
}

/** A replay of this one trace, from a store without cost. */
async function replayOf(fn: () => Promise<unknown>, trace: Trace) {
  const store = memoryStore()
  const append = async () => ({ accepted: 0, duplicates: 0, conflicts: 0, conflicting: [] })
  const traces = { ...store.traces, get: async () => trace }
  const testRuns = { ...store.testRuns, complete: async () => ({}) }
  const free = { ...store, append, traces, testRuns }
  return replay(fn, { store: free, traceIds: [trace.traceId], mock: 'marked', logger: { warn: () => {} } })
}

/** One trace in which this many calls run, each with a thousand concurrently answered calls. */
async function measureServed(calls: number): Promise<void> {
  const ids = Array.from({ length: 1000 }, (_, id) => id)
  const leaf = traced('leaf', { mockOnReplay: true }, async (id: number) => id)
  const call = traced('call', async (_at: number) => (await Promise.all(ids.map(id => leaf(id)))).length)
  const fn = traced('fn', async () => {
    let sum = 0
    for (let at = 0; at < calls; at++) sum += await call(at)
    return sum
  })
  const trace = recordedCalls(
    calls,
    ids.map(id => ({ input: payload([id]), output: payload(id) })),
  )
  const before = megabytes()
  const [ms, { summary }] = await time(() => replayOf(fn, trace))
  if (summary.same !== 1 || summary.served !== calls * ids.length) throw new Error(JSON.stringify(summary))
  const each = `${((ms * 1000) / summary.served).toFixed(1)} µs each, ${megabytes() - before} MB more`
  say(`${summary.served.toLocaleString('en')} answers in one trace`, `${(ms / 1000).toFixed(1)} s, ${each}`)
}

function recordedCalls(calls: number, leaves: readonly Pick<SpanRecord, 'input' | 'output'>[]): Trace {
  const count = leaves.length
  const root = span({ key: 'fn', input: payload([]), output: payload(calls * count), startOrder: 0 })
  const { traceId } = root
  const spans: SpanRecord[] = []
  for (let at = 0; at < calls; at++) {
    // They start together, end one by one in separate turns, and then their parent ends.
    const first = 1 + at * (3 * count + 4)
    const called = { key: 'call', name: 'call', input: payload([at]), output: payload(count), seq: at }
    const spanId = newSpanId()
    const end = first + 3 * count + 2
    spans.push({ ...root, ...called, spanId, parentSpanId: root.spanId, startOrder: first, endOrder: end })
    for (const [seq, value] of leaves.entries()) {
      const order = { startOrder: first + 1 + seq, endOrder: first + count + 2 + 2 * seq }
      const own = {
        key: 'leaf',
        name: 'leaf',
        mockOnReplay: true,
        spanId: newSpanId(),
        parentSpanId: spanId,
        seq,
      }
      spans.push({ ...root, ...own, ...value, ...order })
    }
  }
  const whole = { ...root, endOrder: 1 + calls * (3 * count + 4) }
  return { traceId, root: whole, spans: [whole, ...spans] }
}

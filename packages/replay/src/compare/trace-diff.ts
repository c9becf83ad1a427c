import type { SpanRecord } from '@runtape/core'
import { droppedTag } from '@runtape/core/internal'
import type { ItemCallDifference, ItemDiff, Trace } from '@runtape/core/store'
import { isAfter, RecordedTree } from '../match/recorded-tree.ts'
import { isOneKind } from './call-result.ts'
import { type Comparison, comparePayloads } from './compare-payloads.ts'
import { valuesOf } from './values-of-call.ts'

/** A call that differs between two traces. */
export type CallDifference = ItemCallDifference

/** How the calls of a replay differ from those of its recording. */
export type TraceDiff = ItemDiff

type WholeDiff = Record<keyof TraceDiff, CallDifference[]>

interface Pair {
  readonly before: SpanRecord
  readonly after: SpanRecord
  /** The surrounding pair of calls; absent for the roots. */
  readonly parent?: Pair
}

/** Compares a call's result with the recorded one. */
type CompareOutputs = (before: SpanRecord, after: SpanRecord) => Comparison

const compareOutputs: CompareOutputs = (before, after) => comparePayloads(before.output, after.output)

/**
 * Compares two traces call by call. Calls of a replay know their recorded counterparts; those of two other traces are matched as
 * in a replay. Calls under an answered call are not compared.
 */
export function diffTraces(before: Trace, after: Trace): TraceDiff {
  return compareTraces(before, after, compareOutputs)
}

/** A replay's knowledge of recorded calls, by span id. */
export interface KnownOfCalls {
  /** Whether its counterpart has started and not ended: it is in no list. */
  isOpen(spanId: string): boolean
  /** See `RecordedCall`. */
  heldUp(spanId: string): number | undefined
}

const nothingKnown: KnownOfCalls = { isOpen: () => false, heldUp: () => undefined }

/** `diffTraces` with outputs compared by `outputs`, which knows the deferred ones. */
export function compareTraces(
  before: Trace,
  after: Trace,
  outputs: CompareOutputs,
  known: KnownOfCalls = nothingKnown,
): TraceDiff {
  const diff: WholeDiff = { added: [], removed: [], reordered: [], changed: [], unknown: [], notSeen: [] }
  const [childrenBefore, childrenAfter] = [childrenOf(before), childrenOf(after)]
  const match = matcherOf(before, after)
  const isOpen = ({ spanId }: SpanRecord) => known.isOpen(spanId)
  const heldUp = ({ spanId }: SpanRecord) => known.heldUp(spanId)
  const rest: Pair[] = [{ before: before.root, after: after.root }]
  for (let pair = rest.pop(); pair; pair = rest.pop()) {
    // The root's output is the result of the item.
    if (pair.parent && !isDropped(pair)) addChanged(diff, pair, pair.parent, outputs)
    if (pair.after.replay?.mocked || isDropped(pair)) continue
    const calls = childrenAfter.get(pair.after.spanId) ?? []
    const all = childrenBefore.get(pair.before.spanId) ?? []
    const recorded = all.some(isOpen) ? all.filter(span => !isOpen(span)) : all
    // One by one: there may be more of them than a call takes arguments.
    for (const each of compareCalls(diff, pair, { recorded, calls, match, heldUp }).reverse()) rest.push(each)
  }
  const { unknown, notSeen, ...lists } = diff
  return { ...lists, ...(unknown.length > 0 && { unknown }), ...(notSeen.length > 0 && { notSeen }) }
}

// Its input, output and children are unknown.
const isDropped = ({ before, after }: Pair) =>
  droppedTag(before) !== undefined || droppedTag(after) !== undefined

type Matcher = (parent: SpanRecord, call: SpanRecord) => string | undefined

const ofReplay: Matcher = (_, call) => call.replay?.sourceSpanId

function matcherOf(before: Trace, after: Trace): Matcher {
  if (after.root.replay?.sourceTraceId === before.traceId) return ofReplay
  const tree = new RecordedTree(before)
  return (parent, { key, name, input }) => {
    const match = tree.take(parent.spanId, key, name, input)
    if (match) match.call.state = 'ran'
    return match?.call.span.spanId
  }
}

interface CallsOfPair {
  readonly recorded: readonly SpanRecord[]
  readonly calls: readonly SpanRecord[]
  readonly match: Matcher
  /** See `KnownOfCalls`. */
  readonly heldUp: (recorded: SpanRecord) => number | undefined
}

/** Records the differences among the calls under a pair, and returns the pairs among them. */
function compareCalls(
  diff: WholeDiff,
  parent: Pair,
  { recorded, calls, match, heldUp }: CallsOfPair,
): Pair[] {
  const unchanged = inStep(parent, recorded, calls, match)
  if (unchanged) return unchanged
  const left = new Map(recorded.map((span, place) => [span.spanId, { span, place }]))
  const pairs: (Pair & { readonly place: number })[] = []
  const sources = sourcesOf(parent.before, calls, match)
  for (const after of calls) {
    const source = sources.get(after)
    const found = source === undefined ? undefined : left.get(source)
    if (source !== undefined) left.delete(source)
    if (found) pairs.push({ before: found.span, after, parent, place: found.place })
    else diff.added.push({ ...difference(parent, undefined, after), ...valuesOf(after) })
  }
  for (const { span } of left.values()) addMissing(diff, parent, span)
  const inOrder = longestRise(pairs.map(({ place }) => place))
  for (const [index, { before, after }] of pairs.entries())
    if (!inOrder.has(index) && !mayBeDelay(pairs, index, heldUp))
      diff.reordered.push({ ...difference(parent, before, after), values: String(index) })
  return pairs
}

interface Placed {
  readonly before: SpanRecord
  /** Index among the recorded calls. */
  readonly place: number
}

/**
 * Whether the call may have moved because the recording process was blocked, and not because the code changed: all calls that it
 * swapped with started at about the same time, and an earlier due timer caused one of them.
 */
function mayBeDelay(
  pairs: readonly Placed[],
  index: number,
  heldUp: (recorded: SpanRecord) => number | undefined,
): boolean {
  const { before, place } = pairs[index] as Placed
  const turn = heldUp(before)
  return pairs.every((other, at) => {
    if (other.place === place || at < index === other.place < place) return true
    // Within one turn only the code decides.
    return turn !== heldUp(other.before) && Math.abs(other.before.startedAt - before.startedAt) <= sameTimeMs
  })
}

/** When a blocked process continues, all timers that became due meanwhile fire together. */
const sameTimeMs = 2

/** The pairs, if each call is that of the recorded one at the same position: usually all are. */
function inStep(
  parent: Pair,
  recorded: readonly SpanRecord[],
  calls: readonly SpanRecord[],
  match: Matcher,
): Pair[] | undefined {
  if (match !== ofReplay || recorded.length !== calls.length) return undefined
  const pairs: Pair[] = []
  for (let place = 0; place < calls.length; place++) {
    const before = recorded[place] as SpanRecord
    const after = calls[place] as SpanRecord
    if (ofReplay(parent.before, after) !== before.spanId) return undefined
    pairs.push({ before, after, parent })
  }
  return pairs
}

function addMissing(diff: WholeDiff, parent: Pair, span: SpanRecord): void {
  const root = rootOf(parent)
  const isLate = root.after.replay !== undefined && isAfter(span, root.before)
  const list = isLate ? diff.notSeen : diff.removed
  list.push(difference(parent, span, undefined))
}

function rootOf(pair: Pair): Pair {
  let root = pair
  while (root.parent) root = root.parent
  return root
}

/** The recorded call of each; if several have the same one, it belongs to the last: see `RecordedCall.reclaimed`. */
function sourcesOf(
  parent: SpanRecord,
  calls: readonly SpanRecord[],
  match: Matcher,
): Map<SpanRecord, string> {
  const callOf = new Map<string, SpanRecord>()
  for (const call of calls) {
    const source = match(parent, call)
    if (source !== undefined) callOf.set(source, call)
  }
  return new Map(Array.from(callOf, ([source, call]) => [call, source]))
}

function addChanged(diff: WholeDiff, pair: Pair, parent: Pair, outputs: CompareOutputs): void {
  const { before, after } = pair
  const input = comparePayloads(before.input, after.input)
  if (after.replay?.mocked && input.result === 'same') return
  const compared: (readonly ['input' | 'output' | 'error', Comparison])[] = [['input', input]]
  if (!after.replay?.mocked) {
    compared.push(['output', isOneKind(before, after) ? outputs(before, after) : { result: 'different' }])
    compared.push(['error', comparePayloads(before.error?.value, after.error?.value)])
  }
  const parts = (wanted: Comparison['result']) =>
    compared.flatMap(([part, { result }]) => (result === wanted ? [part] : []))
  const [changed, unknown] = [parts('different'), parts('unknown')]
  if (changed.length > 0)
    diff.changed.push({ ...difference(parent, before, after), changed, ...valuesOf(after) })
  else if (unknown.length > 0) diff.unknown.push({ ...difference(parent, before, after), unknown })
}

function difference(
  parent: Pair,
  before: SpanRecord | undefined,
  after: SpanRecord | undefined,
): CallDifference {
  const { key, name } = (after ?? before) as SpanRecord
  return {
    key,
    name,
    parentKey: parent.before.key,
    ...(before && { sourceSpanId: before.spanId }),
    ...(after && { spanId: after.spanId }),
  }
}

function childrenOf({ root, spans }: Trace): Map<string | undefined, SpanRecord[]> {
  const children = new Map<string | undefined, SpanRecord[]>()
  for (const span of spans) {
    // Whatever parent the store reports.
    if (span.spanId === root.spanId) continue
    const siblings = children.get(span.parentSpanId)
    if (siblings) siblings.push(span)
    else children.set(span.parentSpanId, [span])
  }
  for (const siblings of children.values()) if (!isInOrder(siblings)) siblings.sort((a, b) => a.seq - b.seq)
  return children
}

function isInOrder(spans: readonly SpanRecord[]): boolean {
  for (let place = 1; place < spans.length; place++)
    if ((spans[place - 1] as SpanRecord).seq > (spans[place] as SpanRecord).seq) return false
  return true
}

/** The indexes of a longest increasing subsequence of different numbers. */
function longestRise(numbers: readonly number[]): Set<number> {
  const ends: number[] = []
  const before: (number | undefined)[] = []
  for (const [index, number] of numbers.entries()) {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((numbers[ends[middle] as number] as number) < number) low = middle + 1
      else high = middle
    }
    before[index] = low > 0 ? ends[low - 1] : undefined
    ends[low] = index
  }
  const rise = new Set<number>()
  for (let index = ends.at(-1); index !== undefined; index = before[index]) rise.add(index)
  return rise
}

import { messageOf, RuntapeError } from '../errors.ts'
import {
  type Check,
  count,
  eachField,
  finite,
  flag,
  hex,
  list,
  longest,
  milliseconds,
  must,
  object,
  oneOf,
  plain,
  primitive,
  shown,
  someText,
  text,
  whole,
} from './record-checks.ts'
import { resultKinds, type TapeRecord } from './records.ts'
import { usageProblem } from './token-usage.ts'
import { isUsualEvent } from './usual-event.ts'
import { isUsualSpan } from './usual-span.ts'

// Equivalent to the schemas of `@runtape/schemas`, without a validator: stores check every record. A test keeps the two
// equivalent.

const usage: Check = value => {
  const problem = usageProblem(value as never)
  return problem === undefined ? undefined : `: ${problem}`
}

const errorSummary = object({ name: text, message: text }, { status: finite })
const status = oneOf(['success', 'error', 'cancelled'])

const slots: ReadonlyMap<string, Check> = new Map([
  ['duration', milliseconds],
  ['time-to-first-token', milliseconds],
  ['tokens', usage],
  ['outcome', object({ status }, { error: errorSummary })],
  ['feedback', object({ kind: oneOf(['positive', 'negative']) }, { score: finite, comment: text })],
])
const repeatedSlots: ReadonlyMap<string, Check> = new Map([
  ['tool-call', object({ name: text })],
  ['score', object({ score: finite }, { reasoning: text })],
  [
    'call',
    object(
      { status, durationMs: milliseconds },
      {
        timeToFirstTokenMs: milliseconds,
        usage,
        isDoubtful: flag,
        model: text,
        provider: text,
        error: errorSummary,
      },
    ),
  ],
])

function slotOf(metric: unknown): Check | undefined {
  if (typeof metric !== 'string') return undefined
  const colon = metric.indexOf(':')
  return colon === -1 ? slots.get(metric) : repeatedSlots.get(metric.slice(0, colon))
}

const eventShape = [
  {
    runId: someText,
    metric: must(value => slotOf(value) !== undefined, 'one of the slots of a run'),
    at: finite,
    configKey: text,
    variationKey: text,
    version: whole,
    modelName: text,
    providerName: text,
  },
  {
    context: object({ kind: text, key: text }),
    attributes: eachField(primitive),
    cost: object({ nanoUsd: count, priceList: someText }),
    scope: someText,
    traceId: text,
    // Without its trace it would look like a live event.
    replay: object({ testRunId: someText, traceId: someText }),
  },
] as const
const eventFields = object(...eventShape)

const runEvent: Check = value => {
  const problem = eventFields(value)
  if (problem !== undefined) return problem
  const { metric, value: inSlot, cost } = value as Record<string, unknown> & { readonly metric: string }
  if (cost !== undefined && metric !== 'tokens' && !metric.startsWith('call:'))
    return '.cost belongs to tokens and calls only'
  const found = slotOf(metric)?.(inSlot)
  return found === undefined ? undefined : `.value${found}`
}

const placeInPayload = list(
  must(value => typeof value === 'string' || Number.isFinite(value), 'a name or an index'),
)
const mark: Check = value => {
  const isMark = Array.isArray(value) && (value.length === 2 || value.length === 3)
  if (!isMark) return ' must be [path, type] or [path, type, detail]'
  return placeInPayload(value[0]) ?? text(value[1])
}
/** What is wrong with a payload. */
export const payloadProblem: Check = object(
  { json: text },
  { meta: list(mark), lossy: list(text), truncated: finite, redacted: list(text) },
)

const spanShape = [
  {
    traceId: hex(32),
    spanId: hex(16),
    seq: count,
    key: text,
    name: text,
    type: text,
    startedAt: finite,
    durationMs: milliseconds,
    input: payloadProblem,
    resultKind: oneOf(resultKinds),
    status: oneOf(['ok', 'error', 'cancelled', 'abandoned', 'unfinished']),
  },
  {
    parentSpanId: hex(16),
    startOrder: count,
    endOrder: count,
    output: payloadProblem,
    error: object({ name: text, message: text, value: payloadProblem }),
    usage,
    model: text,
    timeToFirstTokenMs: milliseconds,
    runId: text,
    sessionId: text,
    tags: list(text),
    metadata: plain,
    mockOnReplay: flag,
    replay: object({ testRunId: text, sourceTraceId: text, mocked: flag }, { sourceSpanId: text }),
  },
] as const
const spanRecord = object(...spanShape)

const fieldNames = {
  'run-event': ['kind', 'value', ...eventShape.flatMap(Object.keys)],
  span: ['kind', ...spanShape.flatMap(Object.keys)],
} as const

/** The record without unknown fields, such as those of a newer version or of the application. */
export function knownFields<T extends TapeRecord>(record: T): T {
  const entries = fieldNames[record.kind].map(name => [name, record[name as keyof T]] as const)
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as unknown as T
}

/**
 * Why this is not a run event or span that a store can keep, or `undefined` if it is valid. Never throws, whatever the value does
 * when it is read.
 */
export function recordProblem(record: unknown): string | undefined {
  try {
    return problemOf(record)
  } catch (error) {
    return `it throws when it is read: ${messageOf(error)}`
  }
}

function problemOf(record: unknown): string | undefined {
  if (typeof record !== 'object' || record === null) return `it must be an object (got ${shown(record)})`
  const { kind } = record as { readonly kind?: unknown }
  if (kind !== 'span' && kind !== 'run-event')
    return `kind must be "span" or "run-event" (got ${shown(kind)})`
  if (kind === 'run-event' ? isUsualEvent(record) : isUsualSpan(record)) return undefined
  return (kind === 'span' ? spanRecord : runEvent)(record)?.replace(/^[.: ]+/, '')
}

/**
 * For stores, before a record is kept.
 *
 * @throws {RuntapeError} `invalid-record` that names the field
 */
export function assertRecord(record: unknown): asserts record is TapeRecord {
  const problem = recordProblem(record)
  if (problem === undefined) return
  throw new RuntapeError(
    'invalid-record',
    `${recordName(record)} was refused: ${problem}. Check records beforehand with parseRecord of @runtape/schemas.`,
  )
}

/** The name of a record in messages, whatever it is. Never throws. */
export function recordName(record: unknown): string {
  try {
    const { kind, runId, metric, traceId, spanId } = record as Record<string, unknown>
    if (kind === 'span') return `span ${shownId(spanId)} of trace ${shownId(traceId)}`
    if (kind === 'run-event') return `${shownId(metric)} of run ${shownId(runId)}`
  } catch {
    // Reported elsewhere.
  }
  return 'a record without a kind'
}

const shownId = (id: unknown): string => (typeof id === 'string' ? id.slice(0, longest) : shown(id))

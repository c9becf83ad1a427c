import type { OutcomeValue, RunEvent, TokenUsage } from '@runtape/core'
import type { Run } from '@runtape/core/store'
import {
  type Booking,
  billOfRun,
  bookingsOf,
  hasUnknownUsage,
  runOfEvents,
} from '@runtape/core/store-helpers'
import type { SqlValue } from '../database/handle.ts'
import { tokenColumns } from '../records/billed-columns.ts'
import { type NumberColumn, numberColumns } from './rows-schema.ts'
import type { Texts } from './texts.ts'

/** A row of `runs`, without its id. */
export interface RunRow extends Readonly<Record<NumberColumn, number | null>> {
  readonly run_id: string
  readonly first_at: number
  readonly last_at: number
  readonly events: number
  readonly first_id: number
  readonly last_id: number
  readonly price_id: number
  readonly trace_id: string | null
}

/** What one model of a run used: a row of `run_parts`, without the run's id. */
export type RunPart = Readonly<Record<'model' | SumColumn, number | null>>

export type SumColumn = (typeof tokenColumns)[keyof typeof tokenColumns] | 'cost_nano_usd'

export const sumColumns = [...Object.values(tokenColumns), 'cost_nano_usd'] as readonly SumColumn[]

/** An event as stored. */
export interface StoredEvent {
  readonly id: number
  readonly event: RunEvent
  /** The id of the price that arrived after the event, or 0. */
  readonly priceId: number
  readonly receivedAt: number | undefined
}

export const outcomeCodes = { success: 1, error: 2, cancelled: 3, unfinished: 4 } as const
export const feedbackCodes = { positive: 1, negative: 2 } as const

/** The row of a run, and its parts if it used several models. */
export interface MadeRow {
  readonly row: RunRow
  readonly parts: readonly RunPart[]
}

/** Up to this size, a linear search is faster than a map. */
const few = 16

function receivedAtOf(stored: readonly StoredEvent[]): (event: RunEvent) => number | undefined {
  if (stored.length <= few) return event => stored.find(one => one.event === event)?.receivedAt
  const received = new Map(stored.map(({ event, receivedAt }) => [event, receivedAt]))
  return event => received.get(event)
}

/** The row of a run with these events, which are in the order of their ids. */
export function rowOfEvents(stored: readonly StoredEvent[], texts: Pick<Texts, 'idOf'>): MadeRow | undefined {
  const run = runOfEvents(
    stored.map(({ event }) => event),
    { receivedAt: receivedAtOf(stored) },
  )
  if (run === undefined) return undefined
  const bill = billOfRun(run)
  const parts = bookingsOf(bill, true)
  const [whole] = parts.length > 1 ? bookingsOf(bill, false) : parts
  if (whole === undefined) return undefined
  const row = {
    ...columnsOfRun(run, texts),
    ...sumsOf(whole),
    model: texts.idOf(bill.model),
    unpriced: whole.isUnpriced ? 1 : null,
    parts: parts.length > 1 ? 1 : null,
    events: stored.length,
    // Events are in the order of their ids.
    first_id: stored[0]?.id ?? 0,
    last_id: stored.at(-1)?.id ?? 0,
    price_id: stored.reduce((last, { priceId }) => Math.max(last, priceId), 0),
  }
  return { row, parts: parts.length > 1 ? parts.map(part => partOf(part, texts)) : [] }
}

function columnsOfRun(run: Run, texts: Pick<Texts, 'idOf'>) {
  const { metrics, context } = run
  const outcome = (metrics.outcome as OutcomeValue | undefined)?.status ?? 'unfinished'
  const feedback = (metrics.feedback as { kind: keyof typeof feedbackCodes } | undefined)?.kind
  return {
    run_id: run.runId,
    first_at: run.firstAt,
    last_at: run.lastAt,
    config: texts.idOf(run.configKey),
    variation: texts.idOf(run.variationKey),
    version: run.version,
    provider: texts.idOf(run.providerName),
    context_kind: context ? texts.idOf(context.kind) : null,
    context_key: context ? texts.idOf(context.key) : null,
    outcome: outcomeCodes[outcome] ?? outcomeCodes.unfinished,
    feedback: (feedback && feedbackCodes[feedback]) ?? null,
    unknown_usage: hasUnknownUsage(run) ? 1 : null,
    duration_ms: numberIn(metrics.duration),
    first_token_ms: numberIn(metrics['time-to-first-token']),
    trace_id: run.traceId ?? null,
  }
}

const numberIn = (value: unknown): number | null => (typeof value === 'number' ? value : null)

/** No sum of a bill may exceed this. */
export const most = 2 ** 53

const fields = Object.entries(tokenColumns) as [keyof TokenUsage, SumColumn][]

function sumsOf({ tokens, nanoUsd }: Booking): Record<SumColumn, number | null> {
  const sums = { ...noSums }
  if (tokens) {
    for (const [field, column] of fields) {
      const count = tokens[field]
      if (count !== undefined) sums[column] = Math.min(count, most)
    }
  }
  if (nanoUsd !== undefined) sums.cost_nano_usd = Math.min(Number(nanoUsd), most)
  return sums
}

const noSums = Object.fromEntries(sumColumns.map(column => [column, null])) as Record<
  SumColumn,
  number | null
>

const partOf = (part: Booking, texts: Pick<Texts, 'idOf'>): RunPart => ({
  model: texts.idOf(part.model),
  ...sumsOf(part),
})

const ownColumns = ['run_id', 'last_at', 'events', 'first_id', 'last_id', 'price_id', 'trace_id'] as const

export const runColumns = [...ownColumns, ...numberColumns] as const

/** Columns that are in an index. */
export const indexedColumns = [
  'first_at',
  'config',
  'variation',
  'context_key',
  'outcome',
  'feedback',
] as const satisfies readonly NumberColumn[]

export const valuesOf = (row: Partial<RunRow>, columns: readonly (typeof runColumns)[number][]): SqlValue[] =>
  columns.map(column => row[column] ?? null)

import type { Metric, MetricValue, RunContext, RunEvent } from '@runtape/core'
import { realNow } from '@runtape/core/internal'
import type { SqlValue } from '../database/handle.ts'
import { type Inserts, insertsInto } from '../removal/guarded-insert.ts'
import {
  billedColumns,
  callModelOf,
  hasRareTokens,
  rareTokenColumns,
  rareTokens,
  statusOf,
  usageOf,
} from './billed-columns.ts'

/** A row of `run_events`. */
export interface EventRow {
  readonly run_id: string
  readonly metric: Metric
  readonly replay_trace_id: string
  readonly test_run_id: string | null
  readonly at: number
  readonly config_key: string
  readonly variation_key: string
  readonly version: number
  readonly model_name: string
  readonly provider_name: string
  readonly context_kind: string | null
  readonly context_key: string | null
  readonly cost_nano_usd: number | null
  readonly price_list: string | null
  readonly scope: string | null
  readonly value_json: string
  readonly context_more_json: string | null
  readonly attributes_json: string | null
  readonly trace_id: string | null
  /** The trace id, if an earlier event represents the run in the index of traces. `trace_id` is then `null`. */
  readonly of_trace?: string | null
  /** `null` if an older version received the event. */
  readonly received_at: number | null
}

const columns = [
  ...['run_id', 'metric', 'replay_trace_id', 'at', 'config_key', 'variation_key', 'version', 'model_name'],
  ...[
    'provider_name',
    'context_kind',
    'context_key',
    ...billedColumns,
    'price_list',
    'value_json',
    'trace_id',
    'of_trace',
  ],
  'received_at',
]

/** Columns that few events fill. Most events are written without them, which costs less than binding as many nulls. */
const rareColumns = ['test_run_id', 'context_more_json', 'attributes_json', ...rareTokenColumns]

const allColumns = [...columns, ...rareColumns]

/** Number of parameters of an event without rare columns. */
export const commonColumnCount = columns.length

/** Index of a column among the parameters of an event. */
export const placeOf = (column: string): number => allColumns.indexOf(column)

/** The places among the parameters of an event of what a run's row is made from. */
export const paramPlaces = {
  runId: placeOf('run_id'),
  metric: placeOf('metric'),
  at: placeOf('at'),
  config: placeOf('config_key'),
  variation: placeOf('variation_key'),
  version: placeOf('version'),
  model: placeOf('model_name'),
  provider: placeOf('provider_name'),
  contextKind: placeOf('context_kind'),
  contextKey: placeOf('context_key'),
  milliseconds: placeOf('milliseconds'),
  // The column keeps its first name: a process of an older version may still write it.
  status: placeOf('verdict'),
  cost: placeOf('cost_nano_usd'),
  scope: placeOf('scope'),
  callModel: placeOf('call_model'),
  input: placeOf('input_tokens'),
  trace: placeOf('trace_id'),
  ofTrace: placeOf('of_trace'),
  received: placeOf('received_at'),
} as const

const insertEvent = insertsInto('run_events', columns)
const insertRareEvent = insertsInto('run_events', [...columns, ...rareColumns])

/** The statements that insert an event with these parameters. */
export const insertEventSql = (params: readonly SqlValue[]): Inserts =>
  params.length > columns.length ? insertRareEvent : insertEvent

export const selectEventValueSql =
  'SELECT value_json FROM run_events WHERE run_id = ? AND metric = ? AND replay_trace_id = ?'

/** The parameters of `insertEventSql`. */
export function eventParams(event: RunEvent): SqlValue[] {
  const { context, cost, replay, metric, value } = event
  const usage = usageOf(event)
  const more = context ? moreContext(context) : null
  // One array literal: pushing the values costs as much as checking them.
  const params: SqlValue[] = [
    event.runId,
    metric,
    replay ? replay.traceId : '',
    event.at,
    event.configKey,
    event.variationKey,
    event.version,
    event.modelName,
    event.providerName,
    context ? context.kind : null,
    context ? context.key : null,
    metric === 'duration' || metric === 'time-to-first-token' ? (value as number) : null,
    statusOf(event),
    usage ? usage.input : null,
    usage ? usage.output : null,
    usage ? usage.total : null,
    usage?.cachedInput ?? null,
    usage?.reasoning ?? null,
    cost ? cost.nanoUsd : null,
    event.scope ?? null,
    callModelOf(event),
    cost ? cost.priceList : null,
    JSON.stringify(value),
    event.traceId ?? null,
    null,
    realNow(),
  ]
  if (replay || more !== null || event.attributes || (usage && hasRareTokens(usage)))
    params.push(
      replay ? replay.testRunId : null,
      more,
      event.attributes ? JSON.stringify(event.attributes) : null,
      ...rareTokens(usage),
    )
  return params
}

/** The parameters of an event whose run already has an event in the index of traces. */
export function outOfTraceIndex(params: readonly SqlValue[]): SqlValue[] {
  const changed = params.slice()
  changed[ofTracePlace] = changed[tracePlace] as SqlValue
  changed[tracePlace] = null
  return changed
}

const [tracePlace, ofTracePlace] = [placeOf('trace_id'), placeOf('of_trace')]

/** The context without the two fields that have columns; usually nothing. */
function moreContext(context: RunContext): string | null {
  for (const field in context) {
    if (field === 'kind' || field === 'key') continue
    const { kind: _kind, key: _key, ...more } = context
    return JSON.stringify(more)
  }
  return null
}

/** The event as it was appended. */
export function eventOfRow(row: EventRow): RunEvent {
  return {
    kind: 'run-event',
    runId: row.run_id,
    metric: row.metric,
    value: JSON.parse(row.value_json) as MetricValue,
    at: row.at,
    configKey: row.config_key,
    variationKey: row.variation_key,
    version: row.version,
    modelName: row.model_name,
    providerName: row.provider_name,
    ...(row.context_kind !== null && { context: contextOfRow(row) }),
    ...(row.attributes_json !== null && { attributes: JSON.parse(row.attributes_json) as Attributes }),
    ...(row.cost_nano_usd !== null && {
      cost: { nanoUsd: row.cost_nano_usd, priceList: row.price_list ?? '' },
    }),
    ...(row.scope !== null && { scope: row.scope }),
    ...known('traceId', row.trace_id ?? row.of_trace),
    ...(row.test_run_id !== null && {
      replay: { testRunId: row.test_run_id, traceId: row.replay_trace_id },
    }),
  }
}

const known = <T>(field: string, value: T | null | undefined) =>
  value === null || value === undefined ? {} : { [field]: value }

type Attributes = NonNullable<RunEvent['attributes']>

function contextOfRow(row: EventRow): RunContext {
  const more = row.context_more_json === null ? {} : (JSON.parse(row.context_more_json) as object)
  return { kind: row.context_kind ?? '', key: row.context_key ?? '', ...more }
}

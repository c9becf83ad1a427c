import type { MetricValue, RunEvent, TokenUsage } from '@runtape/core'
import { usageSubsets } from '@runtape/core/internal'
import { parseTexts } from '@runtape/core/store-helpers'
import type { SqlValue } from '../database/handle.ts'
import { tokenColumns } from '../records/billed-columns.ts'
import { paramPlaces as at, placeOf } from '../records/event-rows.ts'
import type { StoredEvent } from './run-row.ts'
import type { Written } from './usual-row.ts'

/** The events of a run as one JSON text, which is faster to read than a row per event. */
export interface BilledRun {
  readonly run_id: string
  readonly events_json: string
}

/** What a run's row is built from. Only columns, so that a damaged value changes no bill. */
type BilledEvent = readonly [
  id: number,
  metric: RunEvent['metric'],
  at: number | string,
  configKey: string,
  variationKey: string,
  version: number,
  modelName: string,
  providerName: string,
  contextKind: string | null,
  contextKey: string | null,
  milliseconds: number | string | null,
  status: string | null,
  costNanoUsd: number | null,
  scope: string | null,
  callModel: string | null,
  traceId: string | null,
  priceId: number | null,
  tokens: readonly (number | null)[] | null,
  /** The value of a call that an older version wrote: it lacks some of the columns that a bill needs. */
  legacyJson: string | null,
  receivedAt: number | null,
]

const fields = ['input', 'output', 'total', ...usageSubsets] as const satisfies readonly (keyof TokenUsage)[]
const columnsOf = (names: readonly (keyof TokenUsage)[]): string =>
  names.map(name => `event.${tokenColumns[name]}`).join(', ')

const isCall = "event.metric >= 'call:' AND event.metric < 'call;'"
/** With all digits, which the JSON functions of older SQLite versions do not return. */
const exact = (column: string): string => `CASE WHEN ${column} IS NULL THEN NULL
      WHEN ${column} = CAST(${column} AS INTEGER) THEN CAST(${column} AS INTEGER)
      ELSE format('%!.17g', ${column}) END`

const tokensSql = `CASE WHEN event.input_tokens IS NULL THEN NULL
      WHEN coalesce(${columnsOf(usageSubsets)}) IS NULL THEN json_array(${columnsOf(['input', 'output', 'total'])})
      ELSE json_array(${columnsOf(fields)}) END`

const tokenPlaces = fields.map(field => placeOf(tokenColumns[field]))
/** Selects billed runs. Append `AND` with more join conditions, `WHERE`, and `GROUP BY event.run_id`. */
export const selectBilledSql = `
  SELECT event.run_id, json_group_array(json_array(event.id, event.metric, ${exact('event.at')}, event.config_key,
    event.variation_key, event.version, event.model_name, event.provider_name, event.context_kind, event.context_key,
    ${exact('event.milliseconds')}, event.verdict, coalesce(event.cost_nano_usd, price.cost_nano_usd), event.scope,
    event.call_model, coalesce(event.trace_id, event.of_trace), price.id, ${tokensSql},
    CASE WHEN ${isCall} AND (event.verdict IS NULL OR event.call_model IS NULL) THEN event.value_json END,
    event.received_at)) AS events_json
  FROM run_events AS event LEFT JOIN event_prices AS price ON price.event_id = event.id`

/** The events of a run in the order in which they were stored. */
export function storedEvents({ run_id, events_json }: BilledRun): StoredEvent[] {
  const events = (parseTexts(events_json) as BilledEvent[]).map(event => storedEvent(run_id, event))
  return events.sort((a, b) => a.id - b.id)
}

/** Converts the parameters of an INSERT to the event that reading it back would return. */
export function storedEventOfParams({ id, params }: Written): StoredEvent {
  const text = (place: number) => (params[place] ?? undefined) as string | undefined
  const [metric, kind, nanoUsd] = [
    text(at.metric) as RunEvent['metric'],
    text(at.contextKind),
    params[at.cost],
  ]
  const [scope, traceId] = [text(at.scope), text(at.trace) ?? text(at.ofTrace)]
  const event: RunEvent = {
    kind: 'run-event',
    runId: text(at.runId) ?? '',
    metric,
    value: valueOfParams(metric, params) as MetricValue,
    at: params[at.at] as number,
    configKey: text(at.config) ?? '',
    variationKey: text(at.variation) ?? '',
    version: params[at.version] as number,
    modelName: text(at.model) ?? '',
    providerName: text(at.provider) ?? '',
    ...(kind !== undefined && { context: { kind, key: text(at.contextKey) ?? '' } }),
    ...(nanoUsd !== null && { cost: { nanoUsd: nanoUsd as number, priceList: '' } }),
    ...(scope !== undefined && { scope }),
    ...(traceId !== undefined && { traceId }),
  }
  return { id, event, priceId: 0, receivedAt: params[at.received] as number }
}

function valueOfParams(metric: string, params: readonly SqlValue[]): unknown {
  if (metric === 'outcome') return { status: params[at.status] }
  if (metric === 'feedback') return { kind: params[at.status] }
  if (metric === 'tokens') return usageOfParams(params)
  if (!metric.startsWith('call:')) return params[at.milliseconds]
  const [usage, model] = [usageOfParams(params), params[at.callModel] as string]
  return { status: params[at.status], durationMs: 0, ...(usage && { usage }), model }
}

function usageOfParams(params: readonly SqlValue[]): TokenUsage | undefined {
  if (params[at.input] === null) return undefined
  const usage: Partial<Record<keyof TokenUsage, number>> = {}
  for (let field = 0; field < fields.length; field++) {
    const count = params[tokenPlaces[field] as number] ?? undefined
    if (count !== undefined) usage[fields[field] as keyof TokenUsage] = count as number
  }
  return usage as TokenUsage
}

function storedEvent(runId: string, billed: BilledEvent): StoredEvent {
  const [id, metric, at, configKey, variationKey, version, modelName, providerName, ...others] = billed
  const [contextKind, contextKey, , , cost, scope, , traceId, priceId] = others
  const event: RunEvent = {
    kind: 'run-event',
    runId,
    metric,
    value: valueOf(billed) as MetricValue,
    at: numberOf(at),
    configKey,
    variationKey,
    version,
    modelName,
    providerName,
    ...(contextKind !== null && { context: { kind: contextKind, key: contextKey ?? '' } }),
    ...(cost !== null && { cost: { nanoUsd: cost, priceList: '' } }),
    ...(scope !== null && { scope }),
    ...(traceId !== null && { traceId }),
  }
  return { id, event, priceId: priceId ?? 0, receivedAt: billed[19] ?? undefined }
}

const numberOf = (value: number | string): number =>
  typeof value === 'number' ? value : Number(value.replace('Inf', 'Infinity'))

function valueOf([
  ,
  metric,
  ,
  ,
  ,
  ,
  ,
  ,
  ,
  ,
  milliseconds,
  status,
  ,
  ,
  callModel,
  ,
  ,
  tokens,
  legacy,
]: BilledEvent) {
  if (metric === 'tokens') return usageOf(tokens)
  if (metric === 'outcome') return { status }
  if (metric === 'feedback') return { kind: status }
  if (!metric.startsWith('call:')) return milliseconds === null ? null : numberOf(milliseconds)
  const old = legacy === null ? {} : parsed(legacy)
  const usage = usageOf(tokens)
  const model = callModel ?? old.model
  return {
    status: status ?? old.status,
    durationMs: 0,
    ...(usage && { usage }),
    ...(typeof model === 'string' && { model }),
  }
}

function parsed(json: string): { readonly status?: unknown; readonly model?: unknown } {
  try {
    return (JSON.parse(json) ?? {}) as object
  } catch {
    // The value is damaged, so its content is unknown.
    return {}
  }
}

function usageOf(tokens: readonly (number | null)[] | null): TokenUsage | undefined {
  if (tokens === null) return undefined
  const usage: Partial<Record<keyof TokenUsage, number>> = {}
  for (const [index, count] of tokens.entries()) {
    const field = fields[index]
    if (field !== undefined && count !== null) usage[field] = count
  }
  return { input: 0, output: 0, total: 0, ...usage }
}

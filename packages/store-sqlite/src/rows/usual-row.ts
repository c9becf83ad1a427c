import { isPossibleTime } from '@runtape/core/store-helpers'
import type { SqlValue } from '../database/handle.ts'
import { paramPlaces as at, commonColumnCount, placeOf } from '../records/event-rows.ts'
import { most, outcomeCodes, type RunRow, type SumColumn } from './run-row.ts'
import type { Texts } from './texts.ts'

/** An event of a run, as the parameters of its INSERT. */
export interface Written {
  readonly id: number
  readonly params: readonly SqlValue[]
}

type Params = readonly SqlValue[]

/** The columns that a usual run fills. The others are null. */
export const usualColumns = [
  ...['run_id', 'first_at', 'last_at', 'config', 'variation', 'version', 'model', 'provider', 'context_kind'],
  ...['context_key', 'outcome', 'unknown_usage', 'unpriced', 'duration_ms', 'first_token_ms', 'input_tokens'],
  ...['output_tokens', 'total_tokens', 'cached_input_tokens', 'reasoning_tokens', 'cost_nano_usd', 'events'],
  ...['first_id', 'last_id', 'price_id', 'trace_id'],
] as readonly (keyof RunRow)[]

type UsualRow = Omit<RunRow, 'feedback' | 'parts' | RareSum>
type RareSum = Exclude<SumColumn, keyof typeof sums>

/**
 * The row of a run that one process recorded without interruption, with at most one call that used tokens: nearly all
 * runs. Returns the same as `rowOfEvents` at a third of its cost; `undefined` for any other run.
 */
export function usualRow(written: readonly Written[], texts: Pick<Texts, 'idOf'>): UsualRow | undefined {
  const found = new Found()
  let before = -Infinity
  for (const { params } of written) {
    const time = params[at.at] as number
    if (params.length > commonColumnCount || time < before || !found.add(params)) return undefined
    if (!isPossibleTime(time, params[at.received] as number)) return undefined
    before = time
  }
  return found.isUsual() ? rowOf(found, written, texts) : undefined
}

/** What is known from the events of a run. */
class Found {
  outcome: SqlValue = null
  duration: SqlValue = null
  firstToken: SqlValue = null
  modelName = ''
  providerName = ''
  context: Params | undefined
  traceId: SqlValue = null
  tokens: Params | undefined
  /** The only call with usage. */
  call: Params | undefined
  /** The first call with a model. */
  named: Params | undefined
  calls = 0
  hasUnknown = false

  /** Returns false for an event that a usual run does not have. */
  add(params: Params): boolean {
    this.modelName ||= params[at.model] as string
    this.providerName ||= params[at.provider] as string
    if (this.context === undefined && params[at.contextKind] !== null) this.context = params
    this.traceId ||= params[at.trace] || (params[at.ofTrace] as SqlValue)
    const metric = params[at.metric] as string
    if (metric === 'duration') this.duration = params[at.milliseconds] as SqlValue
    else if (metric === 'time-to-first-token') this.firstToken = params[at.milliseconds] as SqlValue
    else if (metric === 'outcome') this.outcome = params[at.status] as SqlValue
    else if (metric === 'tokens') this.tokens = params
    else return metric.startsWith('call:') ? this.#addCall(params) : metric.startsWith('tool-call:')
    return true
  }

  #addCall(params: Params): boolean {
    this.calls++
    if (params[at.callModel] !== '') this.named ??= params
    if (params[sums.input_tokens] === null) {
      this.hasUnknown ||= params[at.status] !== 'error'
      return true
    }
    const isOnly = this.call === undefined
    this.call = params
    return isOnly
  }

  /**
   * Whether all usage comes from one event: the tokens of the run are those of its call, or there is no call with
   * usage.
   */
  isUsual(): boolean {
    const { tokens, call } = this
    if (tokens === undefined || call === undefined) return true
    const isCovered = tokens[at.scope] === null || tokens[at.scope] === call[at.scope]
    return isCovered && tokenPlaces.every(place => tokens[place] === call[place])
  }

  get model(): string {
    const named = this.call ?? this.named
    return (named?.[at.callModel] as string | undefined) || this.modelName
  }

  get isUnknown(): boolean {
    const isUnheard = this.outcome === 'cancelled' && this.calls === 0 && this.tokens === undefined
    return this.hasUnknown || isUnheard
  }
}

function rowOf(found: Found, written: readonly Written[], texts: Pick<Texts, 'idOf'>): UsualRow | undefined {
  const [first, last] = [written[0], written.at(-1)]
  if (first === undefined || last === undefined) return undefined
  const { params } = first
  const { context, duration, firstToken } = found
  const used = found.call ?? found.tokens
  const count = (place: number) => countIn(used, place)
  return {
    run_id: params[at.runId] as string,
    first_at: params[at.at] as number,
    last_at: last.params[at.at] as number,
    config: texts.idOf(params[at.config] as string),
    variation: texts.idOf(params[at.variation] as string),
    version: params[at.version] as number,
    model: texts.idOf(found.model),
    provider: texts.idOf(found.providerName),
    context_kind: context ? texts.idOf(context[at.contextKind] as string) : null,
    context_key: context ? texts.idOf(context[at.contextKey] as string) : null,
    outcome: outcomeCodes[found.outcome as keyof typeof outcomeCodes] ?? outcomeCodes.unfinished,
    unknown_usage: found.isUnknown ? 1 : null,
    unpriced: used !== undefined && used[sums.cost_nano_usd] === null ? 1 : null,
    duration_ms: duration as number | null,
    first_token_ms: firstToken as number | null,
    input_tokens: count(sums.input_tokens),
    output_tokens: count(sums.output_tokens),
    total_tokens: count(sums.total_tokens),
    cached_input_tokens: count(sums.cached_input_tokens),
    reasoning_tokens: count(sums.reasoning_tokens),
    cost_nano_usd: count(sums.cost_nano_usd),
    events: written.length,
    first_id: first.id,
    last_id: last.id,
    price_id: 0,
    trace_id: (found.traceId as string | null) || null,
  }
}

function countIn(used: Params | undefined, place: number): number | null {
  const count = used?.[place] ?? null
  return count === null ? null : Math.min(count as number, most)
}

/** Where the numbers to sum are. */
const sums = {
  input_tokens: placeOf('input_tokens'),
  output_tokens: placeOf('output_tokens'),
  total_tokens: placeOf('total_tokens'),
  cached_input_tokens: placeOf('cached_input_tokens'),
  reasoning_tokens: placeOf('reasoning_tokens'),
  cost_nano_usd: placeOf('cost_nano_usd'),
} as const

const tokenPlaces = Object.values(sums).filter(place => place !== sums.cost_nano_usd)

import { RuntapeError } from '@runtape/core'
import { readFilter } from '@runtape/core/filter'
import { readCohortRef } from '@runtape/core/store-helpers'
import type { Evaluator } from '../evaluators/evaluator.ts'
import { isMockStrategy } from '../match/policy.ts'
import { allowedProblem } from '../network/allowed-request.ts'
import type { ReplayOptions, ReplayWhere } from '../options.ts'
import { shardOf } from '../select/shard.ts'
import { isForgetful } from '../tapes/forgetful-stores.ts'

const maxTraceIds = 100
const conditions = Object.keys({
  feedback: true,
  outcome: true,
  status: true,
  runId: true,
  sessionId: true,
  tag: true,
  minDurationMs: true,
  since: true,
  until: true,
  filter: true,
} satisfies Record<keyof ReplayWhere, true>)

/** Refuses meaningless options before anything starts. */
export function checkOptions(options: ReplayOptions): void {
  const { store, mock, onMiss, timing, limit, maxConcurrency, where, evaluators } = options
  if (typeof store?.traces?.get !== 'function')
    refuse('replay needs a store. Pass { store: sqliteStore("runtape.db") }.')
  if (mock !== undefined && typeof mock !== 'function' && !isMockStrategy(mock))
    refuse(
      `Unknown mock strategy ${JSON.stringify(mock)}. Use 'none', 'all', 'marked', 'model' or a function.`,
    )
  if (onMiss !== undefined && onMiss !== 'error' && onMiss !== 'run')
    refuse(`Unknown onMiss ${JSON.stringify(onMiss)}. Use 'error' or 'run'.`)
  if (timing !== undefined && timing !== 'immediate' && timing !== 'recorded')
    refuse(`Unknown timing ${JSON.stringify(timing)}. Use 'immediate' or 'recorded'.`)
  checkGuard(options.guardNetwork)
  checkOutside(options.outside)
  checkPolicies(options)
  checkTraceIds(options)
  checkCohort(options)
  checkSpans(options)
  if (limit !== undefined) checkCount('limit', limit)
  if (maxConcurrency !== undefined && maxConcurrency !== null) checkCount('maxConcurrency', maxConcurrency)
  if (where !== undefined) checkWhere(where)
  if (evaluators !== undefined) checkEvaluators(evaluators)
  checkJudging(options)
  checkLimits(options)
  checkShard(options)
}

function checkGuard(guard: unknown): void {
  if (guard === undefined || typeof guard === 'boolean') return
  const { allow } = (guard ?? {}) as { allow?: unknown }
  if (!Array.isArray(allow)) refuse("guardNetwork must be true or { allow: ['api.example.com'] }.")
  for (const one of allow) {
    const problem = allowedProblem(one)
    if (problem !== undefined) refuse(`guardNetwork.allow: ${JSON.stringify(one)} ${problem}.`)
  }
}

function checkOutside(outside: ReplayOptions['outside']): void {
  const mode: unknown = typeof outside === 'object' && outside !== null ? outside.mode : outside
  if (outside === undefined) return
  if (mode !== 'refuse' && mode !== 'allow' && mode !== 'warn')
    refuse(`Unknown outside ${JSON.stringify(mode)}. Use 'refuse', 'allow' or 'warn'.`)
}

function checkPolicies({ overrides, adaptInputs, itemTimeoutMs, isolate, signal }: ReplayOptions): void {
  if (overrides !== undefined && (typeof overrides !== 'object' || overrides === null))
    refuse("overrides must be an object: { 'orders.lookup': { id: 1 } }.")
  if (adaptInputs !== undefined && typeof adaptInputs !== 'function')
    refuse('adaptInputs must be a function from recorded arguments to current arguments.')
  // A timer with a larger value would fire immediately.
  if (itemTimeoutMs !== undefined && !(itemTimeoutMs > 0 && itemTimeoutMs < 2 ** 31))
    refuse(
      `itemTimeoutMs must be a number of milliseconds above 0 and below 2^31 (got ${String(itemTimeoutMs)}).`,
    )
  if (isolate !== undefined && typeof isolate !== 'function')
    refuse('isolate must be a function that replays an item: see runtape replay --isolate.')
  if (signal !== undefined && !(signal instanceof AbortSignal))
    refuse('signal must be an AbortSignal: new AbortController().signal.')
}

function checkCohort({ cohort, expected, traceIds, spans, where }: ReplayOptions): void {
  if (expected !== undefined && typeof expected !== 'function')
    refuse('expected must be a function from a trace id to the encoded output: encodeValue(value).')
  if (cohort === undefined) return
  readCohortRef(cohort)
  if (traceIds !== undefined || spans !== undefined || where !== undefined)
    refuse('cohort excludes traceIds, spans and where: it already says which traces. Pass one of them.')
}

function checkSpans({ spans, traceIds, limit, where }: ReplayOptions): void {
  if (spans === undefined) return
  if (!Array.isArray(spans) || spans.length === 0 || spans.length > maxTraceIds)
    refuse(`spans must be a list of 1 to ${maxTraceIds} calls: [{ traceId, spanId }].`)
  if (spans.some(span => typeof span?.traceId !== 'string' || typeof span.spanId !== 'string'))
    refuse('Each of spans must have a traceId and a spanId, both strings.')
  if (traceIds !== undefined || limit !== undefined || where !== undefined)
    refuse('spans excludes traceIds, limit and where: the list already says which. Pass one of them.')
}

function checkTraceIds({ traceIds, limit, where }: ReplayOptions): void {
  if (traceIds === undefined) return
  if (!Array.isArray(traceIds) || traceIds.some(id => typeof id !== 'string'))
    refuse('traceIds must be a list of trace ids, each a string.')
  if (traceIds.length === 0) refuse('traceIds is empty. Name at least one trace, or omit it.')
  if (traceIds.length > maxTraceIds) {
    refuse(
      `traceIds names ${traceIds.length} traces; a replay takes at most ${maxTraceIds}. Split it into several.`,
    )
  }
  if (limit !== undefined)
    refuse('limit and traceIds exclude each other: the list already says how many. Pass one of them.')
  if (where !== undefined)
    refuse('where and traceIds exclude each other: the list already says which. Pass one of them.')
}

// A misspelt condition would select the wrong traces.
function checkWhere(where: ReplayWhere | string): void {
  const { filter } = typeof where === 'string' ? { filter: where } : where
  if (filter !== undefined) readFilter(filter)
  if (typeof where === 'string') return
  const unknown = Object.keys(where).find(name => !conditions.includes(name))
  if (unknown !== undefined) refuse(`Unknown where.${unknown}. Use ${conditions.join(', ')}.`)
}

function checkEvaluators(evaluators: readonly Evaluator[]): void {
  const names = new Set<string>()
  for (const evaluator of evaluators) {
    if (typeof evaluator?.name !== 'string' || typeof evaluator.evaluate !== 'function')
      refuse('An evaluator needs a name and a function evaluate, as sameOutput() returns.')
    if (names.has(evaluator.name))
      refuse(`Two evaluators are named '${evaluator.name}', and scores are stored by name. Rename one.`)
    names.add(evaluator.name)
  }
}

function checkJudging({ attempts, thresholds = {}, evaluators = [], prices }: ReplayOptions): void {
  if (attempts !== undefined) checkCount('attempts', attempts)
  const names = evaluators.map(({ name }) => name)
  for (const [name, least] of Object.entries(thresholds)) {
    if (!names.includes(name)) {
      const next = names.length > 0 ? `Use ${names.join(', ')}.` : 'Add one: --evaluator (evaluators).'
      refuse(`thresholds names '${name}', but no evaluator has this name. ${next}`)
    }
    if (typeof least !== 'number' || Number.isNaN(least))
      refuse(`thresholds['${name}'] must be a number (got ${String(least)}).`)
  }
  if (prices !== undefined && typeof prices?.nanoUsd !== 'function')
    refuse('prices must be a price list: genaiPrices() of @runtape/recorder/genai-prices makes one.')
}

function checkLimits({
  maxCostUsd,
  allowUnpriced,
  onSpend,
  prices,
  mustRun,
  shard,
  store,
}: ReplayOptions): void {
  if (maxCostUsd !== undefined) {
    if (!(typeof maxCostUsd === 'number' && maxCostUsd > 0 && Number.isFinite(maxCostUsd)))
      refuse(`maxCostUsd must be a number of US dollars above 0 (got ${String(maxCostUsd)}).`)
    if (prices === undefined)
      refuse('maxCostUsd needs prices: genaiPrices() of @runtape/recorder/genai-prices makes a price list.')
  }
  if (allowUnpriced !== undefined && typeof allowUnpriced !== 'boolean')
    refuse('allowUnpriced must be true or false.')
  if (onSpend !== undefined && typeof onSpend !== 'function')
    refuse('onSpend must be a function of a live call.')
  if (mustRun === undefined) return
  if (!Array.isArray(mustRun) || mustRun.some(key => typeof key !== 'string' || key === ''))
    refuse("mustRun must be a list of keys: mustRun: ['support.prompt'].")
  // A single shard never fails for it, and here nothing ever sees all shards.
  if ((shardOf(shard)?.of ?? 1) > 1 && mustRun.length > 0 && isForgetful(store))
    refuse(
      'mustRun (--must-run) with shard (--shard) needs a database that all shards share: with tape files no shard can tell whether another one ran the call. Replay without shards, or from a database.',
    )
}

function checkShard({ shard, testRunId, keepItems, onItem }: ReplayOptions): void {
  if (testRunId !== undefined && (typeof testRunId !== 'string' || testRunId === ''))
    refuse('testRunId must be a non-empty string.')
  if (keepItems !== undefined && typeof keepItems !== 'boolean') refuse('keepItems must be true or false.')
  if (onItem !== undefined && typeof onItem !== 'function') refuse('onItem must be a function of an item.')
  if (shard === undefined) return
  if (!shardOf(shard)) refuse(`shard must be like '2/4', the second of four (got ${JSON.stringify(shard)}).`)
  if (testRunId === undefined)
    refuse(
      "shard needs a testRunId that all shards share, such as the id of the CI run: testRunId: 'ci-4711'.",
    )
}

function checkCount(name: string, count: number): void {
  if (!Number.isInteger(count) || count < 1)
    refuse(`${name} must be a whole number, 1 or more (got ${String(count)}).`)
}

function refuse(message: string): never {
  throw new RuntapeError('invalid-option', message)
}

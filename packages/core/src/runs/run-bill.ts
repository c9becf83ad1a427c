import type { CallValue, RunEvent } from '../records/records.ts'
import { addUsage, type TokenUsage, usageSubsets } from '../records/token-usage.ts'
import type { Run } from '../store/runs/runs.ts'

/** Usage and cost of a run. */
export interface RunBill {
  /** The model that the run is counted under: its config's if a call names it, otherwise that of its first call with usage. */
  readonly model: string
  /** By model. The sum is the run's usage; empty if the usage is unknown. */
  readonly tokens: ReadonlyMap<string, TokenUsage>
  /** By model, in billionths of a US dollar; absent if a part of the run has no price, or its usage is unknown. */
  readonly nanoUsd?: ReadonlyMap<string, bigint>
}

/** An event that reports a model's usage. */
interface UsedBy {
  readonly model: string
  readonly usage: TokenUsage
  readonly nanoUsd: number | undefined
}

/**
 * The bill of a run. Its `tokens` replaces the calls of the same scope, or all calls if it has no scope; other calls are added.
 * Each call is priced by its own model; tokens are priced by their own price if they replace no call. The usage of a scope is
 * booked by call if the calls sum up to the tokens, otherwise under the run's model.
 */
export function billOfRun({ events, modelName }: Pick<Run, 'events' | 'modelName'>): RunBill {
  const own = events.find(({ metric }) => metric === 'tokens')
  const calls = events.filter(isCallWithUsage)
  const covered = calls
    .filter(call => own !== undefined && covers(own, call))
    .map(call => used(call, modelName))
  const beside = calls
    .filter(call => own === undefined || !covers(own, call))
    .map(call => used(call, modelName))
  const model = modelOfRun(events, calls, modelName)
  const counted = own && { model, usage: own.value as TokenUsage, nanoUsd: own.cost?.nanoUsd }
  const parts = counted ? partsOf(counted, covered) : { used: [], priced: [] }
  const nanoUsd = costByModel([...beside, ...parts.priced])
  return { model, tokens: tokensByModel([...beside, ...parts.used]), ...(nanoUsd && { nanoUsd }) }
}

/** Total usage of all models of a run. */
export function tokensOfBill({ tokens }: RunBill): TokenUsage | undefined {
  const [first, ...others] = tokens.values()
  return others.reduce((sum, usage) => sum && addUsage(sum, usage), first)
}

/** Total cost of all models of a run, in billionths of a US dollar. */
export function nanoUsdOfBill({ nanoUsd }: RunBill): bigint | undefined {
  return nanoUsd && [...nanoUsd.values()].reduce((sum, cost) => sum + cost, 0n)
}

/** What a run, or one of its models, adds to a row of usage. */
export interface Booking {
  readonly model: string
  /** True for exactly one booking of each run, the one that counts the run. */
  readonly isOwn: boolean
  readonly tokens: TokenUsage | undefined
  /** In billionths of a US dollar. */
  readonly nanoUsd: bigint | undefined
  /** Its run has partly unpriced usage; set only on the run's own booking. */
  readonly isUnpriced: boolean
}

/** The booking of the run's own model, plus one for each other model in `byModel`; otherwise one booking for everything. */
export function bookingsOf(bill: RunBill, byModel: boolean): Booking[] {
  const { model, tokens, nanoUsd } = bill
  const own = { model, isOwn: true, isUnpriced: tokens.size > 0 && nanoUsd === undefined }
  if (!byModel) return [{ ...own, tokens: tokensOfBill(bill), nanoUsd: nanoUsdOfBill(bill) }]
  const partOf = (name: string) => ({ tokens: tokens.get(name), nanoUsd: nanoUsd?.get(name) })
  const others = new Set([...tokens.keys(), ...(nanoUsd?.keys() ?? [])].filter(name => name !== model))
  const ofOther = (name: string) => ({ model: name, isOwn: false, isUnpriced: false, ...partOf(name) })
  return [{ ...own, ...partOf(model) }, ...[...others].map(ofOther)]
}

const isCall = ({ metric }: RunEvent): boolean => metric.startsWith('call:')

const isCallWithUsage = (event: RunEvent): boolean =>
  isCall(event) && (event.value as CallValue).usage !== undefined

const covers = (tokens: RunEvent, call: RunEvent): boolean =>
  tokens.scope === undefined || tokens.scope === call.scope

const modelOf = ({ value }: RunEvent): string => (value as CallValue).model || ''

const used = (call: RunEvent, modelName: string): UsedBy => ({
  model: modelOf(call) || modelName,
  usage: (call.value as CallValue).usage as TokenUsage,
  nanoUsd: call.cost?.nanoUsd,
})

function modelOfRun(events: readonly RunEvent[], calls: readonly RunEvent[], modelName: string): string {
  if (calls.some(call => modelOf(call) === modelName)) return modelName
  const first = calls[0] ?? events.find(event => isCall(event) && modelOf(event) !== '')
  return (first && modelOf(first)) || modelName
}

interface Parts {
  /** Events whose usage counts. */
  readonly used: readonly UsedBy[]
  /** Events whose cost counts. */
  readonly priced: readonly Omit<UsedBy, 'usage'>[]
}

function partsOf(counted: UsedBy, covered: readonly UsedBy[]): Parts {
  if (covered.length === 0) return { used: [counted], priced: [counted] }
  const sum = covered.map(({ usage }) => usage).reduce(addUsage)
  if (isSame(sum, counted.usage)) return { used: covered, priced: covered }
  return { used: [counted], priced: covered.map(({ nanoUsd }) => ({ model: counted.model, nanoUsd })) }
}

const fields = ['input', 'output', 'total', ...usageSubsets] as const

const isSame = (a: TokenUsage, b: TokenUsage): boolean => fields.every(field => a[field] === b[field])

function tokensByModel(parts: readonly UsedBy[]): Map<string, TokenUsage> {
  const sums = new Map<string, TokenUsage>()
  for (const { model, usage } of parts) {
    const sum = sums.get(model)
    sums.set(model, sum ? addUsage(sum, usage) : usage)
  }
  return sums
}

function costByModel(parts: Parts['priced']): Map<string, bigint> | undefined {
  const sums = new Map<string, bigint>()
  for (const { model, nanoUsd } of parts) {
    if (nanoUsd === undefined) return undefined
    sums.set(model, (sums.get(model) ?? 0n) + BigInt(nanoUsd))
  }
  return sums.size > 0 ? sums : undefined
}

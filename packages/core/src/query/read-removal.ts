import { RuntapeError } from '../errors.ts'
import { pointInTime } from '../store/point-in-time.ts'
import type { EraseOptions, EraseTarget, PruneQuery, RemovalOptions } from '../store/upkeep/removal.ts'

/** The time before which to prune, in milliseconds since the Unix epoch. */
export interface CheckedPrune {
  readonly traces?: number
  readonly runs?: number
}

const parts = ['traces', 'runs'] as const
const targets = ['context', 'runId', 'traceId', 'sessionId'] as const

/** The arguments of `prune`, as every store reads them. */
export function readPruneQuery(query: PruneQuery): CheckedPrune {
  const given = known('prune', query, parts)
  if (given.length === 0)
    throw refusal('prune needs traces, runs or both, such as { traces: { before: "30d" } }')
  return Object.fromEntries(given.map(([part, value]) => [part, beforeOf(part, value)]))
}

function beforeOf(part: string, value: unknown): number {
  const [before] = known(part, value, ['before'])
  if (before === undefined) throw refusal(`${part} needs before: a time`)
  return pointInTime(`${part}.before`, before[1] as number)
}

/** The target of `erase`, as every store reads it: exactly one. */
export function readEraseTarget(target: EraseTarget): EraseTarget {
  const given = known('erase', target, targets)
  const [first] = given
  if (first === undefined || given.length > 1)
    throw refusal(`erase needs exactly one of ${targets.join(', ')} (got ${given.length})`)
  const [name, value] = first
  if (name !== 'context') return { [name]: someText(name, value) } as unknown as EraseTarget
  const { kind, key } = Object.fromEntries(known('context', value, ['kind', 'key'])) as Record<
    string,
    unknown
  >
  return { context: { kind: someText('context.kind', kind), key: someText('context.key', key) } }
}

/** The options of `prune`, as every store reads them. */
export const readRemovalOptions = (options: RemovalOptions = {}): Required<RemovalOptions> => ({
  dryRun: false,
  ...flags('prune', options, ['dryRun']),
})

/** The options of `erase`, as every store reads them. */
export const readEraseOptions = (options: EraseOptions = {}): Required<EraseOptions> => ({
  dryRun: false,
  keepTotals: false,
  ...flags('erase', options, ['dryRun', 'keepTotals']),
})

function flags(of: string, options: object, names: readonly string[]): Record<string, boolean> {
  const given = known(`the options of ${of}`, options, names)
  for (const [name, value] of given)
    if (typeof value !== 'boolean') throw refusal(`${name} must be true or false (got ${shown(value)})`)
  return Object.fromEntries(given) as Record<string, boolean>
}

/** The entries that are set. Refuses unknown ones: with a misspelt `dryRun` records would be removed. */
function known(of: string, value: unknown, names: readonly string[]): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refusal(`${of} must be an object (got ${shown(value)})`)
  for (const name of Object.keys(value))
    if (!names.includes(name)) throw refusal(`${of} has no ${JSON.stringify(name)}. Use ${names.join(', ')}`)
  return Object.entries(value).filter(([, each]) => each !== undefined)
}

function someText(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw refusal(`${name} must be a non-empty string (got ${shown(value)})`)
}

const refusal = (problem: string): RuntapeError =>
  new RuntapeError('invalid-option', `${problem}. Nothing was removed.`)

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  return value === null || typeof value !== 'object' ? String(value) : Object.prototype.toString.call(value)
}

import { RuntapeError } from '../errors.ts'
import type { HealthKind, HealthReport, HealthSample, ReportedCount } from '../store/upkeep/health.ts'

/** Every kind, in the order of `health.get`. */
export const healthKinds: readonly HealthKind[] = [
  'conflict',
  'misdated',
  'set-aside',
  'dropped-span',
  'refused',
  'rejected',
]

/** At most this many samples of a kind are kept. */
export const mostSamples = 10

const mostCharacters = 2000

/** The argument of `health.report`, as every store reads it. */
export function readHealthReport(report: HealthReport): HealthReport {
  const { reporter, counts } = (report ?? {}) as Partial<Record<keyof HealthReport, unknown>>
  if (typeof reporter !== 'string' || reporter === '')
    throw refusal('reporter', reporter, 'must be a non-empty string')
  if (!Array.isArray(counts)) throw refusal('counts', counts, 'must be a list')
  return { reporter, counts: counts.map(checkedCount) }
}

function checkedCount(given: ReportedCount): ReportedCount {
  const { kind, count, firstAt, lastAt, samples = [] } = given ?? {}
  if (!healthKinds.includes(kind)) throw refusal('kind', kind, `must be one of ${healthKinds.join(', ')}`)
  if (!Number.isSafeInteger(count) || count < 1)
    throw refusal('count', count, 'must be a whole number, 1 or more')
  for (const [name, at] of Object.entries({ firstAt, lastAt }))
    if (!Number.isFinite(at)) throw refusal(name, at, 'must be milliseconds since 1970')
  if (!Array.isArray(samples)) throw refusal('samples', samples, 'must be a list')
  return {
    kind,
    count,
    firstAt,
    lastAt,
    samples: samples.map(checkedSample),
  }
}

const sampleTexts = ['runId', 'traceId', 'sessionId', 'kept', 'refused', 'reason'] as const

function checkedSample(given: HealthSample & { readonly number: number }): typeof given {
  if (typeof given !== 'object' || given === null) throw refusal('samples', given, 'must be objects')
  const { at, name, number, context } = given
  if (!Number.isFinite(at)) throw refusal('at of a sample', at, 'must be milliseconds since 1970')
  if (typeof name !== 'string') throw refusal('name of a sample', name, 'must be a string')
  if (!Number.isSafeInteger(number) || number < 1)
    throw refusal('number of a sample', number, 'must be a whole number, 1 for the first of its kind')
  for (const text of sampleTexts)
    if (given[text] !== undefined && typeof given[text] !== 'string')
      throw refusal(`${text} of a sample`, given[text], 'must be a string')
  if (context !== undefined && !(typeof context?.kind === 'string' && typeof context.key === 'string'))
    throw refusal('context of a sample', context, 'must have kind and key')
  return { ...sampleOf(given), number }
}

/** A copy of the known fields of a sample, with long texts cut. */
export function sampleOf(sample: HealthSample): HealthSample {
  const { at, name, runId, traceId, sessionId, context, kept, refused, reason } = sample
  return {
    at,
    name: shortText(name),
    ...(runId !== undefined && { runId }),
    ...(traceId !== undefined && { traceId }),
    ...(sessionId !== undefined && { sessionId }),
    ...(context && { context: { kind: context.kind, key: context.key } }),
    ...(kept !== undefined && { kept: shortText(kept) }),
    ...(refused !== undefined && { refused: shortText(refused) }),
    ...(reason !== undefined && { reason: shortText(reason) }),
  }
}

const shortText = (text: string): string =>
  text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters - 1)}…`

const refusal = (name: string, value: unknown, problem: string): RuntapeError =>
  new RuntapeError('invalid-option', `health.report: ${name} ${problem} (got ${String(value)}).`)

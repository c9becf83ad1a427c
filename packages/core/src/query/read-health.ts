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
    samples: samples.map(each => ({ ...sampleOf(each), number: each.number })),
  }
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

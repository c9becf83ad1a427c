import { type CaptureLimits, encodeValue, fingerprint } from '@runtape/trace'
import { differences } from '../compare/differences.ts'
import { type ItemOutcome, wasStopped } from '../compare/item-outcome.ts'
import type { ReplayAttempt, ReplayItem } from '../report.ts'
import type { Cause, ItemBaseline } from './item-baseline.ts'

type Ending = Pick<ReplayAttempt, 'outcome' | 'reason' | 'error' | 'thrown' | 'result' | 'unread'>

interface Explained {
  readonly cause?: Cause
  readonly places?: readonly string[]
}

/** Why an attempt of an item differs from its recording, judging by all attempts with the code before the change. */
export const causeOf = (item: ReplayItem, before: ReplayItem): Explained =>
  item.outcome === 'same' ? {} : explain(item, before.attempts ?? [before], item.originalOutput)

const byWeight: readonly Cause[] = ['change', 'unknown', 'before']

/** The baseline of several attempts: of one whose cause has the most weight. */
export function baselineOfAll(items: readonly ReplayItem[], outcome: ItemOutcome): ItemBaseline | undefined {
  const all = items.flatMap(({ baseline }) => baseline ?? [])
  const heaviest = byWeight.flatMap(cause => all.find(each => each.cause === cause) ?? [])[0] ?? all[0]
  if (!heaviest) return undefined
  const { excused: _, ...baseline } = heaviest
  const excused = [...new Set(all.flatMap(each => each.excused ?? []))]
  const isExcused = baseline.cause === 'before' && outcome !== 'failed' && excused.length > 0
  return { ...baseline, ...(isExcused && { excused }) }
}

function explain(now: Ending, then: readonly Ending[], recorded: unknown): Explained {
  if ([now, ...then].some(({ thrown }) => wasStopped(thrown)) || now.outcome === 'unknown')
    return { cause: 'unknown' }
  if (then.some(each => isSameEnding(now, each))) return { cause: 'before' }
  // A failure shows nothing about the other differences.
  const isNew = ({ outcome }: Ending) =>
    outcome === 'same' || (outcome === 'changed' && now.outcome === 'failed')
  if (then.every(isNew)) return { cause: 'change' }
  const places = onlyNow(now, then, recorded)
  return places.length > 0 ? { cause: 'change', places } : { cause: 'unknown' }
}

function isSameEnding(a: Ending, b: Ending): boolean {
  if (a.outcome !== b.outcome || a.error !== b.error || a.reason !== b.reason) return false
  if (a.unread || b.unread) return false
  const [one, other] = [a.result, b.result].map(value => encodeValue(value, whole))
  if (!one || !other || one.lossy || other.lossy) return false
  return fingerprint(one) === fingerprint(other)
}

/** No size limits and no redaction: the values are compared, not kept. */
const whole: CaptureLimits = {
  maxPayloadBytes: Number.POSITIVE_INFINITY,
  maxDepth: 500,
  maxLength: Number.POSITIVE_INFINITY,
  isSecret: () => false,
  redactsValues: false,
}

const mostPlaces = 20

/** Paths at which only the current result differs from the recorded one. */
function onlyNow(now: Ending, then: readonly Ending[], recorded: unknown): string[] {
  // What failed before shows nothing about the places that would have differed.
  if (then.some(({ outcome }) => outcome !== 'changed' && outcome !== 'same')) return []
  const changed = then.filter(({ outcome }) => outcome === 'changed')
  if (now.outcome !== 'changed' || [now, ...changed].some(({ error, unread }) => error !== null || unread))
    return []
  const placesOf = ({ result }: Ending) => differences(recorded, result).differences.map(({ path }) => path)
  const before = new Set(changed.flatMap(placesOf))
  // If the whole value differs, its parts cannot be compared.
  if (before.has('')) return []
  return placesOf(now)
    .filter(path => path !== '' && !before.has(path))
    .slice(0, mostPlaces)
}

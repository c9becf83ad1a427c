import type { FeedbackValue, OutcomeValue, SpanStatus } from '@runtape/core'
import { pointInTime } from '@runtape/core/store-helpers'
import type { Args } from './args.ts'
import type { Flag } from './command.ts'
import { Misuse } from './usage-error.ts'

export const timeFlags: Readonly<Record<'since' | 'until', Flag>> = {
  since: { value: 'time', about: 'from this time: 30m, 12h, 7d, 2026-01-31' },
  until: { value: 'time', about: 'before this time' },
}

/** `--since` and `--until` in milliseconds since the Unix epoch. */
export function timesOf(args: Args): { since?: number; until?: number } {
  const [since, until] = [args.text('since'), args.text('until')]
  return {
    ...(since !== undefined && { since: pointInTime('--since', since) }),
    ...(until !== undefined && { until: pointInTime('--until', until) }),
  }
}

export const customerFlags: Readonly<Record<'customer', Flag>> = {
  customer: { value: 'key', about: 'only runs for the context with this key; user:ann also names its kind' },
}

/** `--customer ann` or `--customer user:ann`. */
export function customerOf(args: Args): { contextKind?: string; contextKey?: string } {
  const customer = args.text('customer')
  if (customer === undefined) return {}
  const [, kind, key] = /^([a-zA-Z0-9._-]+):(.+)$/s.exec(customer) ?? []
  return kind !== undefined && key !== undefined
    ? { contextKind: kind, contextKey: key }
    : { contextKey: customer }
}

/** A condition that must be one of a few words. */
export function choice<T extends string>(
  where: Readonly<Record<string, string>>,
  name: string,
  choices: readonly T[],
): T | undefined {
  const value = where[name]
  const found = choices.find(each => each === value)
  if (value === undefined || found !== undefined) return found
  throw new Misuse(`--where ${name} must be ${choices.join(' or ')} (got "${value}").`)
}

const statuses: readonly SpanStatus[] = ['ok', 'error', 'cancelled', 'abandoned', 'unfinished']

/** The conditions of traces that must be one of a few words. */
export function choicesOf(where: Readonly<Record<string, string>>) {
  const feedback = choice<FeedbackValue['kind']>(where, 'feedback', ['positive', 'negative'])
  const outcome = choice<OutcomeValue['status']>(where, 'outcome', ['success', 'error', 'cancelled'])
  const status = choice<SpanStatus>(where, 'status', statuses)
  return { ...(feedback && { feedback }), ...(outcome && { outcome }), ...(status && { status }) }
}

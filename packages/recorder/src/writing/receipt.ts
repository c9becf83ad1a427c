import type { RecordIdentity } from '@runtape/core'
import type { AppendReceipt } from '@runtape/core/store'

/** A valid receipt from any answer: an application's own store may omit parts. */
export function readReceipt(given: unknown): AppendReceipt {
  const { accepted, duplicates, conflicts, conflicting, misdated } = (given ?? {}) as Partial<
    Record<keyof AppendReceipt, unknown>
  >
  const named = identitiesIn(conflicting)
  const late = identitiesIn(misdated)
  return {
    accepted: countOf(accepted),
    duplicates: countOf(duplicates),
    conflicts: Math.max(countOf(conflicts), named.length),
    conflicting: named,
    ...(late.length > 0 && { misdated: late }),
  }
}

/** Whether a store's answer is a valid receipt. */
export function isReceipt(given: unknown): boolean {
  const { accepted, duplicates, conflicts, conflicting } = (given ?? {}) as Partial<
    Record<keyof AppendReceipt, unknown>
  >
  return [accepted, duplicates, conflicts].every(Number.isSafeInteger) && Array.isArray(conflicting)
}

const identitiesIn = (list: unknown): RecordIdentity[] =>
  Array.isArray(list) ? (list as unknown[]).filter(isIdentity) : []

const countOf = (count: unknown): number =>
  Number.isSafeInteger(count) && (count as number) > 0 ? (count as number) : 0

function isIdentity(value: unknown): value is RecordIdentity {
  const { kind } = (value ?? {}) as { readonly kind?: unknown }
  return kind === 'span' || kind === 'run-event'
}

import type { RanItem } from './run-items.ts'

/** What code did after its item had ended, by the trace that the replay made. */
export type LateErrors = Map<string, string[]>

export function addLateError(errors: LateErrors, traceId: string, what: string): void {
  const known = errors.get(traceId)
  if (known) known.push(what)
  else errors.set(traceId, [what])
}

/** The items with what each of them, in any of its attempts, did too late to fail of it. */
export function withLateErrors(items: readonly RanItem[], errors: LateErrors): readonly RanItem[] {
  return errors.size === 0 ? items : items.map(item => withErrors(item, errors))
}

function withErrors(item: RanItem, errors: LateErrors): RanItem {
  const traces = 'attempts' in item && item.attempts ? item.attempts : [item]
  const lateErrors = traces.flatMap(({ traceId }) => errors.get(traceId ?? '') ?? [])
  return lateErrors.length > 0 ? { ...item, lateErrors } : item
}

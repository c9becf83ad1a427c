import type { Payload, SpanRecord, Trace } from '@runtape/core'
import { fingerprint } from '@runtape/trace'

/** A recorded call, and whether the replay has come by it. */
export interface RecordedCall {
  readonly span: SpanRecord
  state: 'unused' | 'ran' | 'served'
}

/** A recorded call that answers to a call of the replay. `drifted`: its input differs. */
export interface Match {
  readonly call: RecordedCall
  readonly drifted: boolean
}

/** The calls of one key and name under one parent, in the order in which they were started. */
class Calls {
  readonly #calls: RecordedCall[] = []
  #byInput: Map<string, RecordedCall[]> | undefined
  #firstUnused = 0

  add(call: RecordedCall): void {
    this.#calls.push(call)
  }

  /** Content first: the same input; then the next one that is left. */
  find(input: Payload): Match | undefined {
    const same = this.#sameInput(input)
    if (same) return { call: same, drifted: false }
    while (this.#calls[this.#firstUnused] && !isUnused(this.#calls[this.#firstUnused])) this.#firstUnused++
    const next = this.#calls[this.#firstUnused]
    return next && { call: next, drifted: true }
  }

  #sameInput(input: Payload): RecordedCall | undefined {
    this.#byInput ??= Map.groupBy(this.#calls.toReversed(), call => fingerprint(call.span.input))
    const left = this.#byInput.get(fingerprint(input))
    // From the end, so that taking one is cheap: the list is in reverse.
    while (left && left.length > 0) {
      const call = left.pop()
      if (isUnused(call)) return call
    }
    return undefined
  }
}

const isUnused = (call: RecordedCall | undefined): call is RecordedCall => call?.state === 'unused'

/** A recorded trace, to be looked up by parent: what ran under one call never answers for another. */
export class RecordedTree {
  readonly #calls = new Map<string, RecordedCall>()
  /** Parent, then key, then name: nested, because joined strings can collide. */
  readonly #children = new Map<string, Map<string, Map<string, Calls>>>()
  readonly #root: SpanRecord

  constructor({ root, spans }: Trace) {
    this.#root = root
    for (const span of spans) if (span.spanId !== root.spanId) this.#add(span)
  }

  /** The recorded counterpart of a call under `parentSpanId`, which is used up by it. */
  take(parentSpanId: string, key: string, name: string, input: Payload): Match | undefined {
    return this.#children.get(parentSpanId)?.get(key)?.get(name)?.find(input)
  }

  /** Recorded calls that the replay could have come by and did not: none of them lies under an answered call. */
  *unused(): Generator<SpanRecord> {
    for (const { span, state } of this.#calls.values()) {
      if (state === 'unused' && !this.#isUnderServed(span)) yield span
    }
  }

  /** Whether the replay came by the parent of `span`. */
  parentRan(span: SpanRecord): boolean {
    if (span.parentSpanId === this.#root.spanId) return true
    return this.#calls.get(span.parentSpanId ?? '')?.state === 'ran'
  }

  #add(span: SpanRecord): void {
    const call: RecordedCall = { span, state: 'unused' }
    this.#calls.set(span.spanId, call)
    const byKey = getOrAdd(
      this.#children,
      span.parentSpanId ?? '',
      () => new Map<string, Map<string, Calls>>(),
    )
    const byName = getOrAdd(byKey, span.key, () => new Map<string, Calls>())
    getOrAdd(byName, span.name, () => new Calls()).add(call)
  }

  #isUnderServed(span: SpanRecord): boolean {
    const visited = new Set<RecordedCall>()
    for (let up = this.#calls.get(span.parentSpanId ?? ''); up && !visited.has(up); ) {
      if (up.state === 'served') return true
      visited.add(up)
      up = this.#calls.get(up.span.parentSpanId ?? '')
    }
    return false
  }
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}

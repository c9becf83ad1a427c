import type { Payload, SpanRecord } from '@runtape/core'
import type { Trace } from '@runtape/core/store'
import { Calls, type Match, type RecordedCall } from './recorded-calls.ts'

/** The calls under one parent. */
interface Siblings {
  /** In order of start. */
  readonly calls: RecordedCall[]
  /** Key, then name: nested, because joined strings can collide. */
  readonly byKey: Map<string, Map<string, Calls>>
}

/** A recorded trace with look-up by parent: calls under one call never answer for another. */
export class RecordedTree {
  readonly root: RecordedCall
  readonly #calls = new Map<string, RecordedCall>()
  readonly #children = new Map<string, Siblings>()

  constructor({ root, spans }: Trace) {
    this.root = this.#call(root)
    this.root.state = 'ran'
    // Each id once, so that no path from the root is cyclic, whatever the store returns.
    for (const span of spans) if (!this.#calls.has(span.spanId)) this.#add(span)
  }

  /** The call with this span id. */
  call(spanId: string): RecordedCall | undefined {
    return this.#calls.get(spanId)
  }

  /** All calls, including the root. */
  calls(): RecordedCall[] {
    return [...this.#calls.values()]
  }

  /** The recorded counterpart of a call under `parentSpanId`, which is then used up. */
  take(parentSpanId: string, key: string, name: string, input: Payload): Match | undefined {
    return this.#children.get(parentSpanId)?.byKey.get(key)?.get(name)?.take(input)
  }

  /** The inputs of the remaining calls of this key and name, under any parent. */
  *unusedInputs(key: string, name: string): Generator<Payload> {
    for (const { byKey } of this.#children.values()) yield* byKey.get(key)?.get(name)?.unusedInputs() ?? []
  }

  /**
   * Recorded calls matching `counts` that the replay could have reached but did not make. Excludes calls under an answered call
   * or under one that is itself in the list, and calls started after the root's end.
   */
  *unused(counts: (span: SpanRecord) => boolean): Generator<SpanRecord> {
    const parents = [this.root.span.spanId]
    // It grows while it is read.
    for (const parent of parents) {
      for (const { span, state } of this.#children.get(parent)?.calls ?? []) {
        if (state === 'unused' && isAfter(span, this.root.span)) continue
        if (state === 'unused' && counts(span)) yield span
        else if (state !== 'answered') parents.push(span.spanId)
      }
    }
  }

  /** Whether a call was made and has not ended. */
  isOpen(spanId: string): boolean {
    const call = this.#calls.get(spanId)
    return call !== undefined && call.state !== 'unused' && !call.hasEnded
  }

  #call(span: SpanRecord): RecordedCall {
    const parent = this.#calls.get(span.parentSpanId ?? '')
    const call: RecordedCall = {
      span,
      parent,
      state: 'unused',
      hasEnded: false,
      startedAfter: undefined,
      drifted: false,
      reclaimed: false,
    }
    this.#calls.set(span.spanId, call)
    return call
  }

  #add(span: SpanRecord): void {
    const call = this.#call(span)
    const { calls, byKey } = getOrAdd(this.#children, span.parentSpanId ?? '', newSiblings)
    calls.push(call)
    const byName = getOrAdd(byKey, span.key, newNames)
    getOrAdd(byName, span.name, newCalls).add(call)
  }
}

/** Whether a call started after another one had ended. */
export const isAfter = (
  { startOrder = 0 }: SpanRecord,
  { endOrder = Number.POSITIVE_INFINITY }: SpanRecord,
) => startOrder > endOrder

const newNames = (): Map<string, Calls> => new Map()
const newCalls = (): Calls => new Calls()
const newSiblings = (): Siblings => ({ calls: [], byKey: new Map() })

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}

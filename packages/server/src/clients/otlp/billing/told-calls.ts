import type { CallValue, RunEvent, SpanRecord, TokenUsage } from '@runtape/core'

export const responseIdAttribute = 'otel.responseId'
export const parentAttribute = 'otel.parentSpanId'
/** What a call said of its tokens as JSON, if only a part of them was booked. */
export const toldAttribute = 'otel.toldTokens'

/** A call of a model, as a span tells it. Another span may tell of the same call. */
export interface ToldCall {
  readonly spanId: string
  /** `''` for a root. */
  readonly parent: string
  /** The provider's id of its answer. */
  readonly answer: string | undefined
  readonly usage: TokenUsage | undefined
  readonly isError: boolean
  /** What the store has of it in the bill. */
  booked?: RunEvent
}

const prefix = 'call:'

export const isCall = ({ metric }: RunEvent): boolean => metric.startsWith(prefix)
export const spanIdOf = ({ metric }: RunEvent): string => metric.slice(prefix.length)
export const usageOf = (event: RunEvent | undefined) => (event?.value as CallValue | undefined)?.usage

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** The call that an event of the store or a request tells of. */
export function callOf(event: RunEvent): ToldCall {
  const told = textOf(event.attributes?.[toldAttribute])
  return {
    spanId: spanIdOf(event),
    parent: textOf(event.attributes?.[parentAttribute]) ?? '',
    answer: textOf(event.attributes?.[responseIdAttribute]),
    usage: told === undefined ? usageOf(event) : (JSON.parse(told) as TokenUsage),
    isError: (event.value as CallValue).status === 'error',
  }
}

/** The call that a span of the store tells of. */
export const callOfSpan = ({ spanId, parentSpanId, usage, status, metadata }: SpanRecord): ToldCall => ({
  ...{ spanId, parent: parentSpanId ?? '', answer: textOf(metadata?.responseId), usage },
  isError: status === 'error',
})

/**
 * The calls that spans of one run tell. Two may be the same call: they have the same answer of the provider, or one span is the
 * parent of the other and does not have another answer.
 */
export class ToldCalls {
  readonly #bySpan = new Map<string, ToldCall>()
  readonly #byAnswer = new Map<string, ToldCall[]>()
  readonly #children = new Map<string, ToldCall[]>()

  get size(): number {
    return this.#bySpan.size
  }

  get(spanId: string): ToldCall | undefined {
    return this.#bySpan.get(spanId)
  }

  values(): Iterable<ToldCall> {
    return this.#bySpan.values()
  }

  add(call: ToldCall): void {
    if (this.#bySpan.has(call.spanId)) return
    this.#bySpan.set(call.spanId, call)
    if (call.answer !== undefined) listed(this.#byAnswer, call.answer).push(call)
    if (call.parent !== '') listed(this.#children, call.parent).push(call)
  }

  /** Adds what the store has in the bill. */
  addBooked(event: RunEvent): void {
    const call = this.#bySpan.get(spanIdOf(event)) ?? callOf(event)
    call.booked = event
    this.add(call)
  }

  /** All calls that are related to this one, over any number of steps, and itself. */
  around(call: ToldCall): readonly ToldCall[] {
    const found = new Set([call])
    const answers = new Set<string>()
    for (const one of found) {
      for (const related of this.#related(one)) found.add(related)
      if (one.answer === undefined || answers.has(one.answer)) continue
      answers.add(one.answer)
      for (const same of this.#byAnswer.get(one.answer) ?? []) found.add(same)
    }
    return [...found]
  }

  #related(call: ToldCall): readonly ToldCall[] {
    const parent = this.#bySpan.get(call.parent)
    const near = [...(parent ? [parent] : []), ...(this.#children.get(call.spanId) ?? [])]
    return near.filter(other => mayBeSame(call, other))
  }
}

/** Of two calls, one in the other. */
export const mayBeSame = (a: ToldCall, b: ToldCall): boolean =>
  a.answer === undefined || b.answer === undefined || a.answer === b.answer

function listed<Key>(lists: Map<Key, ToldCall[]>, key: Key): ToldCall[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}

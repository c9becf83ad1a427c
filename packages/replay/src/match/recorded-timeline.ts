import type { SpanRecord } from '@runtape/core'
import { droppedTag } from '@runtape/core/internal'
import type { RecordedCall } from './recorded-calls.ts'

/** A recorded start or end. */
export interface RecordedEvent {
  readonly call: RecordedCall
  readonly isEnd: boolean
  /** False when it was of the same turn of the event loop as the last one before it that has happened. */
  readonly isNewTurn: boolean
}

/** All starts and ends of a recorded trace in their order, and how far a replay has come in it. */
export class RecordedOrder {
  readonly #calls: readonly RecordedCall[]
  /** Place, call and kind of each, as one number: a million calls take 16 MB and are sorted at once. */
  readonly #events: Float64Array
  #at = 0
  /** The last one that has happened. */
  #last = -1
  /** When each was, in milliseconds since the root began; made when it is first needed. */
  #times: Float64Array | undefined
  #elapsed = 0

  constructor(calls: readonly RecordedCall[]) {
    this.#calls = calls
    const events: number[] = []
    for (const [index, { span }] of calls.entries()) {
      const { startOrder, endOrder } = span
      if (!isPlace(startOrder) || !isPlace(endOrder)) continue
      events.push(this.#pack(startOrder, index, 0))
      if (hasEnd(span)) events.push(this.#pack(endOrder, index, 1))
    }
    this.#events = Float64Array.from(events).sort()
  }

  /** The first one that has not happened in the replay and still may. */
  next(): RecordedEvent | undefined {
    for (; this.#at < this.#events.length; this.#at++) {
      const event = this.#event()
      if (mayStillHappen(event)) return event
      if (hasHappened(event)) {
        if (this.#times) this.#elapsed += this.#time(this.#at) - this.#time(this.#at - 1)
        this.#last = this.#at
      }
    }
    return undefined
  }

  /** The time in the recording of the last one that has happened, less the time of what never did before it. */
  elapsed(): number {
    this.next()
    if (!this.#times) {
      this.#times = this.#makeTimes()
      this.#elapsed = this.#time(this.#last)
    }
    return this.#elapsed
  }

  /** When the next one is due, as `elapsed` counts. */
  due(): number {
    const elapsed = this.elapsed()
    const { call, isEnd } = this.#event()
    const gap = this.#time(this.#at) - this.#time(this.#last)
    const since = call.startedAtMs
    // What was left out before it took time that now does not go by.
    if (!isEnd || since === undefined) return elapsed + gap
    return Math.max(elapsed, Math.min(elapsed + gap, since + call.span.durationMs))
  }

  #makeTimes(): Float64Array {
    const began = this.#calls[0]?.span.startedAt ?? 0
    let latest = 0
    return Float64Array.from(this.#events, packed => {
      const { startedAt, durationMs } = this.#callOf(packed).span
      const at = startedAt - began + (packed % 2 === 1 ? durationMs : 0)
      // Starts are whole milliseconds, and a clock may be set: the order is what is known for sure.
      latest = Math.max(latest, at || 0)
      return latest
    })
  }

  #time(at: number): number {
    return this.#times?.[at] ?? 0
  }

  #callOf(packed: number): RecordedCall {
    return this.#calls[Math.floor(packed / 2) % this.#calls.length] as RecordedCall
  }

  /** Whether the replay is past the end of this call, or its end has no place. */
  isPast({ span }: RecordedCall): boolean {
    if (!isPlace(span.startOrder) || !isPlace(span.endOrder) || !hasEnd(span)) return true
    return this.#at >= this.#events.length || span.endOrder < this.#place(this.#at)
  }

  /** Waits for nothing any more that comes before the first end of one of these calls. */
  skipTo(calls: { has(call: RecordedCall): boolean }): void {
    for (; this.#at < this.#events.length; this.#at++) {
      const { call, isEnd } = this.#event()
      if (isEnd && calls.has(call)) return
    }
  }

  #event(): RecordedEvent {
    const packed = this.#events[this.#at] ?? 0
    const isEnd = packed % 2 === 1
    const call = this.#callOf(packed)
    return { call, isEnd, isNewTurn: this.#isNewTurn() }
  }

  // Within a turn the places are in a row.
  #isNewTurn(): boolean {
    return this.#last < 0 || this.#place(this.#at) - this.#place(this.#last) > this.#at - this.#last
  }

  #pack(place: number, index: number, kind: 0 | 1): number {
    return (place * this.#calls.length + index) * 2 + kind
  }

  #place(at: number): number {
    return Math.floor((this.#events[at] ?? 0) / 2 / this.#calls.length)
  }
}

// Beyond this, place and call no longer fit in one number.
const isPlace = (order: number | undefined): order is number =>
  Number.isInteger(order) && (order as number) >= 0 && (order as number) < 2 ** 31

// When nobody reads a stream, its end is when the memory was cleaned up.
const hasEnd = (span: SpanRecord): boolean =>
  droppedTag(span) !== undefined || (span.status !== 'abandoned' && span.status !== 'unfinished')

const hasHappened = ({ call, isEnd }: RecordedEvent) => (isEnd ? call.hasEnded : call.state !== 'unused')

// A call can be waited for while the one around it runs as real code. One of a parent that was passed over is passed
// over too, and under an answered one nothing happens.
function mayStillHappen({ call, isEnd }: RecordedEvent): boolean {
  if (isEnd) return call.state !== 'unused' && !call.hasEnded
  return call.state === 'unused' && call.parent?.state === 'ran'
}

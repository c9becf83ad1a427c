import type { SpanRecord } from '@runtape/core'
import { type ChunkMoment, chunkMoments, droppedTag, effectsOf } from '@runtape/core/internal'
import type { RecordedCall } from './recorded-calls.ts'

/** A recorded start or end, or a chunk that passed. */
export interface RecordedEvent {
  readonly call: RecordedCall
  readonly isEnd: boolean
  readonly isChunk: boolean
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
  /** The chunks of each stream that have places, and how many of them are passed. */
  readonly #chunks = new Map<RecordedCall, { readonly moments: readonly ChunkMoment[]; passed: number }>()

  constructor(calls: readonly RecordedCall[]) {
    this.#calls = calls
    const events: number[] = []
    for (const [index, call] of calls.entries()) {
      const { span } = call
      const { startOrder, endOrder } = span
      if (!isPlace(startOrder) || !isPlace(endOrder)) continue
      events.push(this.#pack(startOrder, index, 0))
      if (hasEnd(span)) events.push(this.#pack(endOrder, index, 1))
      const moments = momentsOf(span, startOrder)
      if (moments.length === 0) continue
      this.#chunks.set(call, { moments, passed: 0 })
      for (const { place } of moments) events.push(this.#pack(place, index, 2))
    }
    this.#events = Float64Array.from(events).sort()
  }

  /** The first one that has not happened in the replay and still may. */
  next(): RecordedEvent | undefined {
    for (; this.#at < this.#events.length; this.#step()) {
      const event = this.#event()
      const place = this.#chunks.get(event.call)?.passed ?? 0
      if (mayStillHappen(event, place)) return event
      if (hasHappened(event, place)) {
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
    const passed = new Map<RecordedCall, number>()
    return Float64Array.from(this.#events, packed => {
      const call = this.#callOf(packed)
      const { startedAt, durationMs } = call.span
      let since = packed % 4 === 1 ? durationMs : 0
      if (packed % 4 === 2) {
        const place = passed.get(call) ?? 0
        passed.set(call, place + 1)
        since = this.#chunks.get(call)?.moments[place]?.atMs ?? 0
      }
      const at = startedAt - began + since
      // Starts are whole milliseconds, and a clock may be set: the order is what is known for sure.
      latest = Math.max(latest, at || 0)
      return latest
    })
  }

  #time(at: number): number {
    return this.#times?.[at] ?? 0
  }

  #callOf(packed: number): RecordedCall {
    return this.#calls[Math.floor(packed / 4) % this.#calls.length] as RecordedCall
  }

  #step(): void {
    const packed = this.#events[this.#at] ?? 0
    const chunks = packed % 4 === 2 ? this.#chunks.get(this.#callOf(packed)) : undefined
    if (chunks) chunks.passed++
    this.#at++
  }

  /** Whether the replay is past the next chunk of this call, or that has no place. */
  isChunkPast(call: RecordedCall): boolean {
    const chunks = this.#chunks.get(call)
    const place = call.chunks ?? 0
    return (
      !chunks || place >= chunks.moments.length || chunks.passed > place || this.#at >= this.#events.length
    )
  }

  /** Whether the replay is past the end of this call, or its end has no place. */
  isPast({ span }: RecordedCall): boolean {
    if (!isPlace(span.startOrder) || !isPlace(span.endOrder) || !hasEnd(span)) return true
    return this.#at >= this.#events.length || span.endOrder < this.#place(this.#at)
  }

  /** Waits for nothing any more that comes before the first end of one of these calls. */
  skipTo(isWaiting: (event: RecordedEvent) => boolean): void {
    for (; this.#at < this.#events.length; this.#step()) if (isWaiting(this.#event())) return
  }

  #event(): RecordedEvent {
    const packed = this.#events[this.#at] ?? 0
    const isEnd = packed % 4 === 1
    const call = this.#callOf(packed)
    return { call, isEnd, isChunk: packed % 4 === 2, isNewTurn: this.#isNewTurn() }
  }

  // Within a turn the places are in a row.
  #isNewTurn(): boolean {
    return this.#last < 0 || this.#place(this.#at) - this.#place(this.#last) > this.#at - this.#last
  }

  #pack(place: number, index: number, kind: 0 | 1 | 2): number {
    return (place * this.#calls.length + index) * 4 + kind
  }

  #place(at: number): number {
    return Math.floor((this.#events[at] ?? 0) / 4 / this.#calls.length)
  }
}

// Beyond this, place and call no longer fit in one number.
const isPlace = (order: number | undefined): order is number =>
  Number.isInteger(order) && (order as number) >= 0 && (order as number) < 2 ** 31

// When nobody reads a stream, its end is when the memory was cleaned up.
const hasEnd = (span: SpanRecord): boolean =>
  droppedTag(span) !== undefined || (span.status !== 'abandoned' && span.status !== 'unfinished')

function momentsOf(span: SpanRecord, startPlace: number): readonly ChunkMoment[] {
  const { chunkOrder } = effectsOf(span) ?? {}
  return typeof chunkOrder === 'string'
    ? chunkMoments(chunkOrder, startPlace).filter(({ place }) => isPlace(place))
    : []
}

/** @param place of a chunk: which one of its stream it is */
function hasHappened({ call, isEnd, isChunk }: RecordedEvent, place: number): boolean {
  if (isChunk) return (call.chunks ?? 0) > place
  return isEnd ? call.hasEnded : call.state !== 'unused'
}

// A call can be waited for while the one around it runs as real code. One of a parent that was passed over is passed
// over too, and under an answered one nothing happens.
function mayStillHappen({ call, isEnd, isChunk }: RecordedEvent, place: number): boolean {
  if (isChunk) return call.state !== 'unused' && !call.hasEnded && (call.chunks ?? 0) <= place
  if (isEnd) return call.state !== 'unused' && !call.hasEnded
  return call.state === 'unused' && call.parent?.state === 'ran'
}

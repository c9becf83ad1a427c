import type { SpanRecord } from '@runtape/core'
import { type ChunkMoment, chunkMoments, droppedTag, effectsOf } from '@runtape/core/internal'
import type { RecordedCall } from './recorded-calls.ts'
import { RecordedTimes } from './recorded-times.ts'

/** A recorded start, end, or chunk. */
export interface RecordedEvent {
  readonly call: RecordedCall
  readonly isEnd: boolean
  readonly isChunk: boolean
  /** False if it was in the same turn of the event loop as the last event before it that has happened. */
  readonly isNewTurn: boolean
}

const start = 0
const end = 1
const chunk = 2

type Kind = typeof start | typeof end | typeof chunk

const kindOf = (packed: number): Kind => (packed & 3) as Kind

/** All starts and ends of a recorded trace in order, and the replay's progress in it. */
export class RecordedOrder {
  readonly #calls: readonly RecordedCall[]
  /** Position, call and kind of each as one number: a million calls take 16 MB and sort quickly. */
  readonly #events: Float64Array
  #at = 0
  /** The last one that has happened. */
  #last = -1
  /** The skipped ones. */
  readonly #skipped: number[] = []
  /** Created on demand: most programs need no times. */
  #times: RecordedTimes | undefined
  /** The chunks of each stream with positions, and how many have passed; only if there are such streams. */
  #chunks: Map<RecordedCall, { readonly moments: readonly ChunkMoment[]; passed: number }> | undefined
  /** The last result of `next`. */
  #found: RecordedEvent | undefined

  constructor(calls: readonly RecordedCall[]) {
    this.#calls = calls
    const events: number[] = []
    for (let index = 0; index < calls.length; index++) this.#add(events, calls[index] as RecordedCall, index)
    this.#events = new Float64Array(events).sort()
  }

  #add(events: number[], call: RecordedCall, index: number): void {
    const { span } = call
    const { startOrder, endOrder } = span
    if (!isPlace(startOrder) || !isPlace(endOrder)) return
    events.push(this.#pack(startOrder, index, start))
    if (hasEnd(span)) events.push(this.#pack(endOrder, index, end))
    const moments = momentsOf(span, startOrder)
    if (moments.length === 0) return
    this.#chunks ??= new Map()
    this.#chunks.set(call, { moments, passed: 0 })
    for (const { place } of moments) events.push(this.#pack(place, index, chunk))
  }

  /** The first event that has not happened in the replay and still may. */
  next(): RecordedEvent | undefined {
    const events = this.#events
    for (; this.#at < events.length; this.#step()) {
      const packed = events[this.#at] as number
      const call = this.#callOf(packed)
      const kind = kindOf(packed)
      const place = this.#chunks?.get(call)?.passed ?? 0
      if (mayStillHappen(call, kind, place)) return this.#event()
      if (hasHappened(call, kind, place)) this.#last = this.#at
      else this.#skipped.push(this.#at)
    }
    return undefined
  }

  /** The last event that has happened. */
  last(): number {
    this.next()
    return this.#last
  }

  /** Recorded time of the last event that has happened, minus the time of skipped earlier ones. */
  elapsed(): number {
    return this.#recordedTimes().elapsedAt(this.last())
  }

  /** When the next event is due, in the time of `elapsed`. */
  due(): number {
    const elapsed = this.elapsed()
    const times = this.#recordedTimes()
    const { call, isEnd } = this.#event()
    const gap = times.at(this.#at) - times.at(this.#last)
    // Skipped earlier events took time that does not pass now.
    if (!isEnd || call.startedAfter === undefined) return elapsed + gap
    const since = times.elapsedAt(call.startedAfter)
    return Math.max(elapsed, Math.min(elapsed + gap, since + msOf(call.span.durationMs)))
  }

  #recordedTimes(): RecordedTimes {
    this.#times ??= new RecordedTimes(this.#makeTimes(), this.#skipped)
    return this.#times
  }

  #makeTimes(): Float64Array {
    const began = this.#calls[0]?.span.startedAt ?? 0
    let latest = 0
    const passed = new Map<RecordedCall, number>()
    return Float64Array.from(this.#events, packed => {
      const call = this.#callOf(packed)
      const { startedAt, durationMs } = call.span
      let since = kindOf(packed) === end ? durationMs : 0
      if (kindOf(packed) === chunk) {
        const place = passed.get(call) ?? 0
        passed.set(call, place + 1)
        since = this.#chunks?.get(call)?.moments[place]?.atMs ?? 0
      }
      const at = msOf(startedAt - began) + msOf(since)
      // Starts are whole milliseconds, and clocks may be set: only the order is certain.
      latest = Math.max(latest, at)
      return latest
    })
  }

  #callOf(packed: number): RecordedCall {
    const { length } = this.#calls
    // With whole numbers of 32 bits it is many times faster.
    const index = packed < 2 ** 31 ? (packed >> 2) % length : Math.floor(packed / 4) % length
    return this.#calls[index] as RecordedCall
  }

  #step(): void {
    const packed = this.#events[this.#at] ?? 0
    const chunks = kindOf(packed) === chunk ? this.#chunks?.get(this.#callOf(packed)) : undefined
    if (chunks) chunks.passed++
    this.#at++
    this.#found = undefined
  }

  /** Whether the replay is past the next chunk of this call, or the chunk has no position. */
  isChunkPast(call: RecordedCall): boolean {
    const chunks = this.#chunks?.get(call)
    if (!chunks) return true
    const place = call.chunks ?? 0
    return place >= chunks.moments.length || chunks.passed > place || this.#at >= this.#events.length
  }

  /** Whether the replay is past the end of this call, or its end has no position. */
  isPast({ span }: RecordedCall): boolean {
    if (!isPlace(span.startOrder) || !isPlace(span.endOrder) || !hasEnd(span)) return true
    return this.#at >= this.#events.length || span.endOrder < this.#place(this.#at)
  }

  /** Skips everything before the first end of one of these calls. */
  skipTo(isWaiting: (event: RecordedEvent) => boolean): void {
    for (; this.#at < this.#events.length; this.#step()) {
      if (isWaiting(this.#event())) return
      this.#skipped.push(this.#at)
    }
  }

  // It is requested several times before it has happened.
  #event(): RecordedEvent {
    this.#found ??= this.#makeEvent()
    return this.#found
  }

  #makeEvent(): RecordedEvent {
    const packed = this.#events[this.#at] ?? 0
    const kind = kindOf(packed)
    return {
      call: this.#callOf(packed),
      isEnd: kind === end,
      isChunk: kind === chunk,
      isNewTurn: this.#isNewTurn(),
    }
  }

  // Within a turn, positions are consecutive.
  #isNewTurn(): boolean {
    return this.#last < 0 || this.#place(this.#at) - this.#place(this.#last) > this.#at - this.#last
  }

  #pack(place: number, index: number, kind: Kind): number {
    return (place * this.#calls.length + index) * 4 + kind
  }

  #place(at: number): number {
    return Math.floor((this.#events[at] ?? 0) / 4 / this.#calls.length)
  }
}

// A damaged record may have any value, and the item's clock follows it. No trace takes thirty years.
const msOf = (value: unknown): number => (typeof value === 'number' && Math.abs(value) < 1e12 ? value : 0)

// Beyond this, position and call do not fit into one number.
const isPlace = (order: number | undefined): order is number =>
  Number.isInteger(order) && (order as number) >= 0 && (order as number) < 2 ** 31

// An unread stream ends when it is garbage-collected.
const hasEnd = (span: SpanRecord): boolean =>
  droppedTag(span) !== undefined || (span.status !== 'abandoned' && span.status !== 'unfinished')

function momentsOf(span: SpanRecord, startPlace: number): readonly ChunkMoment[] {
  const chunkOrder = effectsOf(span)?.chunkOrder
  return typeof chunkOrder === 'string'
    ? chunkMoments(chunkOrder, startPlace).filter(({ place }) => isPlace(place))
    : none
}

const none: readonly ChunkMoment[] = []

/** @param place for a chunk: its index in its stream */
function hasHappened(call: RecordedCall, kind: Kind, place: number): boolean {
  if (kind === chunk) return (call.chunks ?? 0) > place
  return kind === end ? call.hasEnded : call.state !== 'unused'
}

// A call can be waited for while the surrounding call runs for real. A call under a skipped call is skipped too, and nothing
// happens under an answered one.
function mayStillHappen(call: RecordedCall, kind: Kind, place: number): boolean {
  if (kind === chunk) return call.state !== 'unused' && !call.hasEnded && (call.chunks ?? 0) <= place
  if (kind === end) return call.state !== 'unused' && !call.hasEnded
  return call.state === 'unused' && call.parent?.state === 'ran'
}

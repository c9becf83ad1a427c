import type { Cipheriv } from 'node:crypto'
import type { SpanRecord } from '@runtape/core'
import {
  type ClockAndRandom,
  type MonotonicClock,
  monotonicNow,
  realCrypto,
  realNow,
} from '@runtape/core/internal'

// With the first use, not with the import: see `real-crypto.ts` of core.
const crypto = () => process.getBuiltinModule('node:crypto')

/** What a deterministic call keeps in its metadata, under `worldKey`. */
export interface WorldFacts {
  /** What its random numbers come from, where it drew any. */
  readonly seed?: string
  /** What it read from the clock: the first time, then how much later each next one was, in milliseconds. */
  readonly clock?: readonly number[]
  /** What it read from clocks that only go forward: the first time as a text, then how much later, in nanoseconds. */
  readonly performance?: MonotonicReadings
  readonly hrtime?: MonotonicReadings
}

type MonotonicReadings = readonly [first: string, ...later: number[]]

export const worldKey = 'runtape.world'

/** Later readings are not kept: a replay goes on from the last one. */
const mostReadings = 10_000

/** The world as it is; what the call sees of it is kept. */
export class RecordingWorld implements ClockAndRandom {
  #seed: string | undefined
  #stream: RandomStream | undefined
  #last = 0
  readonly #clock: number[] = []
  readonly #monotonic: Partial<Record<MonotonicClock, [string, ...number[]]>> = {}
  readonly #lastOf: Partial<Record<MonotonicClock, bigint>> = {}

  now(): number {
    const now = realNow()
    if (this.#clock.length < mostReadings) {
      this.#clock.push(now - this.#last)
      this.#last = now
    }
    return now
  }

  monotonic(clock: MonotonicClock, real: () => bigint): bigint {
    const now = real()
    const readings = this.#monotonic[clock]
    if (!readings) this.#monotonic[clock] = [String(now)]
    else if (readings.length < mostReadings) readings.push(Number(now - (this.#lastOf[clock] ?? now)))
    this.#lastOf[clock] = now
    return now
  }

  randomBytes(count: number): Uint8Array {
    this.#seed ??= realCrypto().randomBytes(32).toString('hex')
    this.#stream ??= new RandomStream(this.#seed)
    return this.#stream.next(count)
  }

  facts(): WorldFacts {
    return {
      ...(this.#seed !== undefined && { seed: this.#seed }),
      ...(this.#clock.length > 0 && { clock: this.#clock }),
      ...this.#monotonic,
    }
  }
}

/** The world as a recorded call saw it. When that is used up, the clock goes on from there, and so do random numbers. */
export class RecordedWorld implements ClockAndRandom {
  readonly #facts: WorldFacts
  readonly #seed: string
  readonly #place: string
  #stream: RandomStream | undefined
  #inside = 0
  #read = 0
  #now: number
  #readAt = monotonicNow()
  readonly #monotonic: Partial<Record<MonotonicClock, MonotonicReplay>> = {}

  /**
   * @param startedAt where the clock begins if it was not read
   * @param place tells apart calls that drew no random number when they were recorded, or were not recorded
   */
  constructor(facts: WorldFacts, startedAt: number, place: string) {
    this.#facts = facts
    this.#seed = facts.seed ?? place
    this.#place = place
    this.#now = facts.clock?.length ? 0 : startedAt
  }

  now(): number {
    const reading = this.#facts.clock?.[this.#read++]
    const at = monotonicNow()
    this.#now += reading ?? Math.floor(at - this.#readAt)
    this.#readAt = at
    return this.#now
  }

  monotonic(clock: MonotonicClock, real: () => bigint): bigint {
    this.#monotonic[clock] ??= new MonotonicReplay(this.#facts[clock])
    return this.#monotonic[clock].next(real())
  }

  /** A place for a call in here that was not recorded: the same ones each time that the same is replayed. */
  placeInside(): string {
    return `${this.#place}/${this.#inside++}`
  }

  /** What the clock last said. */
  get time(): number {
    return this.#now || (this.#facts.clock?.[0] ?? 0)
  }

  randomBytes(count: number): Uint8Array {
    this.#stream ??= new RandomStream(this.#seed)
    return this.#stream.next(count)
  }
}

/** Gives recorded readings again, and goes on from the last one. */
class MonotonicReplay {
  readonly #readings: readonly bigint[]
  #read = 0
  #now: bigint | undefined
  #realBefore: bigint | undefined

  constructor(readings: MonotonicReadings | undefined) {
    this.#readings = (readings ?? []).map(BigInt)
  }

  next(real: bigint): bigint {
    const reading = this.#readings[this.#read++]
    const passed = reading ?? (this.#realBefore === undefined ? real : real - this.#realBefore)
    this.#now = (this.#now ?? 0n) + passed
    this.#realBefore = real
    return this.#now
  }
}

/** What a recorded call kept of its world; `undefined` where it was not deterministic. */
export function worldOf({ metadata }: SpanRecord): WorldFacts | undefined {
  const facts = metadata?.[worldKey]
  if (typeof facts !== 'object' || facts === null) return undefined
  const { seed, clock, performance, hrtime } = facts as Partial<Record<keyof WorldFacts, unknown>>
  return {
    ...(typeof seed === 'string' && { seed }),
    ...(Array.isArray(clock) && clock.every(reading => typeof reading === 'number') && { clock }),
    ...(isMonotonic(performance) && { performance }),
    ...(isMonotonic(hrtime) && { hrtime }),
  }
}

const isMonotonic = (readings: unknown): readings is MonotonicReadings =>
  Array.isArray(readings) && /^\d{1,30}$/.test(readings[0]) && readings.slice(1).every(Number.isSafeInteger)

/** Bytes that look random, always the same ones for the same seed. */
class RandomStream {
  readonly #cipher: Cipheriv

  constructor(seed: string) {
    const key = crypto().createHash('sha256').update(seed).digest()
    this.#cipher = crypto().createCipheriv('aes-256-ctr', key, Buffer.alloc(16))
  }

  next(count: number): Uint8Array {
    return this.#cipher.update(Buffer.alloc(count))
  }
}

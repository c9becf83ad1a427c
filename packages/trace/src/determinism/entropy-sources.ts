import type { Cipheriv } from 'node:crypto'
import type { SpanRecord } from '@runtape/core'
import {
  type ClockAndRandom,
  type MonotonicClock,
  monotonicNow,
  realCrypto,
  realNow,
} from '@runtape/core/internal'

// Loaded on first use, not with the import: see `real-crypto.ts` of core.
const crypto = () => process.getBuiltinModule('node:crypto')

/** Data of a deterministic call in its metadata, under `worldKey`. */
export interface WorldFacts {
  /** Seed of its random numbers, if it drew any. */
  readonly seed?: string
  /** Its clock readings: the first time, then the increments in milliseconds. */
  readonly clock?: readonly number[]
  /** Its monotonic clock readings: the first time as text, then the increments in nanoseconds. */
  readonly performance?: MonotonicReadings
  readonly hrtime?: MonotonicReadings
}

type MonotonicReadings = readonly [first: string, ...later: number[]]

export const worldKey = 'runtape.world'

/** Later readings are not recorded: a replay continues from the last one. */
const mostReadings = 10_000

/** The real clock and random numbers; what the call reads is recorded. */
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

/** The recorded values of a call. After the last one, the clock and the random numbers continue from there. */
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
   * @param startedAt start of the clock if it was not read
   * @param place distinguishes calls that drew no random number in the recording, or were not recorded
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

  /** A place for an unrecorded call in here: the same in each replay of the same code. */
  placeInside(): string {
    return `${this.#place}/${this.#inside++}`
  }

  /** The last clock reading. */
  get time(): number {
    return this.#now || (this.#facts.clock?.[0] ?? 0)
  }

  randomBytes(count: number): Uint8Array {
    this.#stream ??= new RandomStream(this.#seed)
    return this.#stream.next(count)
  }
}

/** Returns recorded readings, then continues from the last one. */
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

/** The recorded entropy of a call; `undefined` if it was not deterministic. */
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

/** Pseudo-random bytes, always the same for the same seed. */
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

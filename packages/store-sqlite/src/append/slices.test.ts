import { DatabaseSync } from 'node:sqlite'
import { payload, span } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { sqliteStore } from '../sqlite-store.ts'
import { partsFrom, partsOf } from './payload-parts.ts'
import { Pace, type Step, Steps } from './slices.ts'

/** A database that counts the bytes of each transaction. */
class WeighedDatabase extends DatabaseSync {
  readonly weights: number[] = []

  override exec(sql: string): void {
    if (sql === 'COMMIT') this.weights.push(this.#bytes() - this.#before)
    super.exec(sql)
    if (sql === 'BEGIN IMMEDIATE') this.#before = this.#bytes()
  }

  #before = 0

  #bytes(): number {
    try {
      const sql =
        'SELECT total(octet_length(json)) + (SELECT total(octet_length(output_json)) FROM span_rows) AS n FROM payloads'
      return Number(this.prepare(sql).get()?.n)
    } catch {
      // The tables do not exist yet.
      return 0
    }
  }
}

const kanji = '漢'

describe('a transaction writes at most about 256 KB, counted in bytes, of', () => {
  test.each([
    ['a payload in Latin letters', 'x', 900_000],
    ['a payload in Japanese, with three bytes a character', kanji, 300_000],
    ['a payload in Latin letters, then in Japanese', `${'x'.repeat(5)}${kanji}`, 40_000],
  ])('%s', async (_what, text, times) => {
    const database = new WeighedDatabase(':memory:')
    const store = sqliteStore(database)
    const half = Math.ceil(text.length / 2)
    const value = text.slice(0, half).repeat(times) + text.slice(half).repeat(times)
    const one = span({ output: payload(value) })
    await store.append([one])
    store.appendSync([span({ output: payload(value) })])
    expect(Math.max(...database.weights)).toBeLessThanOrEqual(300_000)
    expect(await store.traces.getSpan(one.traceId, one.spanId)).toEqual(one)
  })

  test('many spans with payloads of 120 KB and fewer than 50,000 characters', async () => {
    const database = new WeighedDatabase(':memory:')
    const store = sqliteStore(database)
    await store.append(Array.from({ length: 20 }, () => span({ output: payload(kanji.repeat(40_000)) })))
    expect(Math.max(...database.weights)).toBeLessThanOrEqual(300_000)
    expect(Math.max(...database.weights)).toBeGreaterThan(200_000)
  })
})

test('joined parts equal the original, whatever the size of their characters', () => {
  for (const text of [kanji, '👩‍👩‍👧', 'ü', 'x', `x${kanji}`]) {
    const json = text.repeat(partsFrom)
    const parts = partsOf(json)
    expect(parts.join('')).toBe(json)
    expect(Math.max(...parts.map(part => Buffer.byteLength(part)))).toBeLessThan(100_000)
    expect(parts.every(part => part.isWellFormed())).toBe(true)
  }
})

describe('after a transaction that held the lock for a long time', () => {
  const steps = (pace: Pace, written: number[]) => {
    function* all(): Generator<Step, void> {
      for (let index = 0; index < 500; index++) yield { weight: 4096, run: () => void written.push(index) }
    }
    return new Steps(all(), pace)
  }
  const sliceOf = (pace: Pace): number => {
    const written: number[] = []
    steps(pace, written).runSlice(Number.POSITIVE_INFINITY)
    return written.length
  }

  test('the next one is smaller; it grows again after short ones', () => {
    const pace = new Pace()
    expect(sliceOf(pace)).toBe(64)
    pace.held(4)
    expect(sliceOf(pace)).toBe(32)
    pace.held(4)
    expect(sliceOf(pace)).toBe(16)
    pace.held(1.2)
    expect(sliceOf(pace)).toBe(16)
    for (let turn = 0; turn < 20; turn++) pace.held(0.3)
    expect(sliceOf(pace)).toBe(64)
  })

  test('each transaction still writes something', () => {
    const pace = new Pace()
    for (let turn = 0; turn < 50; turn++) pace.held(1000)
    expect(sliceOf(pace)).toBe(4)
  })
})

import * as nodeCrypto from 'node:crypto'
import { performance as importedPerformance } from 'node:perf_hooks'
import { init } from '@paralleldrive/cuid2'
import { newRunId, newTraceId } from '@runtape/core/internal'
import { customAlphabet, nanoid } from 'nanoid'
import { v4, v7 } from 'uuid'
import { afterEach, expect, test } from 'vitest'
import { replayed } from '../../test/recorded.ts'
import { tape } from '../../test/tape.ts'
import { traced as tracedByDefault } from '../calls/traced.ts'
import { worldOf } from './entropy-sources.ts'

const real = { ...nodeCrypto, now: performance.now, hrtime: process.hrtime }
afterEach(() => {
  expect([nodeCrypto.randomBytes, nodeCrypto.randomInt, performance.now, process.hrtime]).toEqual([
    real.randomBytes,
    real.randomInt,
    real.now,
    real.hrtime,
  ])
})

const promised = <T>(start: (done: (error: Error | null, value: T) => void) => unknown) =>
  new Promise<T>((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value))))

const run = () => ({ action: 'run' }) as const

const shortId = customAlphabet('abcdef', 9)

const sources: Record<string, () => unknown> = {
  nanoid: () => [nanoid(), nanoid(7), shortId()],
  cuid2: () => {
    const createId = init()
    return [createId(), createId()]
  },
  'uuid v4': () => [v4(), v4({})],
  randomUUID: () => [nodeCrypto.randomUUID(), crypto.randomUUID()],
  randomUUIDv7: () => (nodeCrypto as { randomUUIDv7?(): string }).randomUUIDv7?.() ?? 'none',
  randomBytes: () => nodeCrypto.randomBytes(24).toString('hex'),
  'randomBytes by callback': async () =>
    Promise.all(
      [1, 2, 3].map(size => promised<Buffer>(done => nodeCrypto.randomBytes(size * 9, done)).then(String)),
    ),
  randomInt: () => [
    nodeCrypto.randomInt(10),
    nodeCrypto.randomInt(1000, 2000),
    nodeCrypto.randomInt(2 ** 47),
  ],
  'randomInt by callback': () => promised<number>(done => nodeCrypto.randomInt(5, 1_000_000, done)),
  randomFillSync: () => [
    nodeCrypto.randomFillSync(Buffer.alloc(9)).toString('hex'),
    [...nodeCrypto.randomFillSync(new Uint16Array(6), 2, 3)],
    [...new Uint8Array(nodeCrypto.randomFillSync(new ArrayBuffer(6) as never) as never as ArrayBuffer)],
  ],
  randomFill: async () => [
    ...(await promised<Uint8Array>(done => nodeCrypto.randomFill(new Uint8Array(9), 3, done))),
  ],
  'performance.now': () => [performance.now(), importedPerformance.now()],
  hrtime: () => {
    const start = process.hrtime()
    return [start, process.hrtime(start), String(process.hrtime.bigint())]
  },
}

test.each(Object.entries(sources))(
  '%s is the same in a replay, and different in the next call',
  async (name, draw) => {
    const { traced, spans } = tape()
    const recording = traced('root', { deterministic: true }, async () => [await draw(), await draw()])
    const first = await recording()
    const second = await recording()
    if (name !== 'randomUUIDv7' || first[0] !== 'none') expect(second).not.toEqual(first)
    // Draws in between have no effect.
    nanoid()
    draw()
    for (const [recorded, span] of [
      [second, spans[1]],
      [first, spans[0]],
    ] as const) {
      const { result } = replayed(
        run,
        tracedByDefault('root', { deterministic: true }, async () => [await draw(), await draw()]),
        span as never,
      )
      expect(await result).toEqual(recorded)
    }
  },
)

test('code outside deterministic calls never gets seeded values', async () => {
  const { traced, spans } = tape()
  const ids = traced('ids', { deterministic: true }, () => [nanoid(), nanoid()])
  const [a] = ids()
  const outside = [nanoid(), nanoid()]
  const replays = [0, 1].map(
    () =>
      replayed(
        run,
        tracedByDefault('ids', () => [nanoid(), nanoid(), nanoid()]),
        spans[0] as never,
      ).result,
  )
  expect(replays[0]).toEqual(replays[1])
  expect(replays[0]?.[0]).toBe(a)
  expect(replays[0]).not.toContain(outside[0])
  expect(nanoid()).not.toBe(nanoid())
})

test('ids and durations of Runtape stay real', async () => {
  const { traced, spans } = tape()
  const call = traced('call', { deterministic: true }, () => [newRunId(), newTraceId(), performance.now()])
  const recorded = call()
  const again = () =>
    replayed(
      run,
      tracedByDefault('call', { deterministic: true }, () => [newRunId(), newTraceId(), performance.now()]),
      spans[0] as never,
    ).result
  const [first, second] = [again(), again()]
  expect(first?.[2]).toBe(recorded[2])
  expect(new Set([recorded, first, second].flatMap(ids => ids?.slice(0, 2))).size).toBe(6)
  for (const { durationMs } of spans) expect(durationMs).toBeLessThan(5_000)
  expect(worldOf(spans[0] as never)?.performance).toHaveLength(1)
})

test('invalid arguments fail as usual', async () => {
  const { traced } = tape()
  const wrong: (() => unknown)[] = [
    () => nodeCrypto.randomBytes(-1),
    () => nodeCrypto.randomInt(5, 2),
    () => nodeCrypto.randomFillSync(Buffer.alloc(2), 5),
    () => process.hrtime([1] as never),
  ]
  for (const call of wrong) {
    const messageOf = (fn: () => unknown) => {
      try {
        fn()
        return 'nothing'
      } catch (error) {
        return String(error)
      }
    }
    expect(messageOf(traced('wrong', { deterministic: true }, call))).toBe(messageOf(call))
  }
})

test('random bytes outside an id pool keep their length', () => {
  const { traced } = tape()
  const draw = traced('draw', { deterministic: true }, () => [
    crypto.getRandomValues(new Uint8Array(4096)),
    nodeCrypto.randomFillSync(Buffer.alloc(1024)),
  ])
  expect(draw().map(({ length }) => length)).toEqual([4096, 1024])
})

test('a version 7 UUID has the recorded time', () => {
  const { traced, spans } = tape()
  const recorded = traced('id', { deterministic: true }, () => v7())()
  const { result } = replayed(
    run,
    tracedByDefault('id', () => v7({})),
    spans[0] as never,
  )
  expect(String(result).slice(0, 13)).toBe(recorded.slice(0, 13))
})

import { randomUUID as importedUuid, getRandomValues as importedValues } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { tape } from '../../test/tape.ts'
import { worldKey, worldOf } from './entropy-sources.ts'

const later = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const real = {
  Date,
  now: Date.now,
  random: Math.random,
  uuid: crypto.randomUUID,
  importedUuid,
  importedValues,
}
const patched = () =>
  globalThis.Date !== real.Date || Math.random !== real.random || crypto.randomUUID !== real.uuid

afterEach(() => expect(patched()).toBe(false))

test('a deterministic call records its clock readings, and the patches end with it', async () => {
  const { traced, of } = tape()
  const read: number[] = []
  const fn = traced('fn', { deterministic: true }, async () => {
    expect(patched()).toBe(true)
    read.push(Date.now())
    await later(5)
    const date = new Date()
    read.push(date.getTime(), Date.now())
    return new Date(7)
  })
  const result = await fn()
  const [first = 0, second = 0, third = 0] = read
  expect(worldOf(of('fn'))?.clock).toEqual([first, second - first, third - second])
  expect(Math.abs(first - Date.now())).toBeLessThan(1000)
  expect(result).toBeInstanceOf(Date)
  expect(result.getTime()).toBe(7)
})

test('all random sources work, differ in each call, and are recorded by their seed', async () => {
  const { traced, spans } = tape()
  const fn = traced('fn', { deterministic: true }, () => [
    Math.random(),
    crypto.randomUUID(),
    importedUuid(),
    [...crypto.getRandomValues(new Uint16Array(3))],
    [...importedValues(new Uint8Array(3))],
  ])
  const [one, two] = [fn(), fn()]
  expect(one).not.toEqual(two)
  expect(one[0]).toBeGreaterThanOrEqual(0)
  expect(one[0]).toBeLessThan(1)
  for (const uuid of [one[1], one[2]])
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(worldOf(spans[0] as never)?.seed).toMatch(/^[0-9a-f]{64}$/)
  expect(worldOf(spans[0] as never)?.seed).not.toBe(worldOf(spans[1] as never)?.seed)
})

test('concurrent code has the real clock and random numbers', async () => {
  const { traced, of } = tape()
  const fn = traced('fn', { deterministic: true }, async () => {
    await later(20)
    return 1
  })
  const running = fn()
  const before = real.now()
  expect(Date.now()).toBeGreaterThanOrEqual(before)
  const date = new Date()
  expect(date instanceof real.Date && date instanceof Date).toBe(true)
  expect(new real.Date() instanceof Date).toBe(true)
  expect(Object.getPrototypeOf(date)).toBe(real.Date.prototype)
  expect([Date.length, Date.name, Date.UTC(1970, 0, 1), typeof Date()]).toEqual([7, 'Date', 0, 'string'])
  expect(Math.random()).not.toBe(Math.random())
  await running
  expect(of('fn').metadata).toEqual({ [worldKey]: {} })
})

test('child calls are deterministic with their own readings; other calls record none', async () => {
  const { traced, of } = tape()
  const child = traced('child', async () => Date.now())
  const fn = traced('fn', { deterministic: true }, async () => [Date.now(), await child()])
  await fn()
  expect(worldOf(of('fn'))?.clock).toHaveLength(1)
  expect(worldOf(of('child'))?.clock).toHaveLength(1)
  await traced('other', async () => Date.now())()
  expect(of('other').metadata).toBeUndefined()
})

test('configureTracing makes all calls deterministic, unless a function opts out', async () => {
  const { traced, of } = tape({ deterministic: true })
  traced('yes', () => Date.now())()
  traced('no', { deterministic: false }, () => Date.now())()
  expect(worldOf(of('yes'))?.clock).toHaveLength(1)
  expect(worldOf(of('no'))).toBeUndefined()
})

test('concurrent calls share the patches, even if one throws; a stream keeps them to its end', async () => {
  const { traced } = tape()
  const options = { deterministic: true }
  const slow = traced('slow', options, async (ms: number) => later(ms))
  const broken = traced('broken', options, () => {
    throw new Error('no')
  })
  const stream = traced('stream', options, async function* () {
    yield Date.now()
    yield Date.now()
  })
  const running = [slow(5), slow(15)]
  expect(broken).toThrow('no')
  await running[0]
  expect(patched()).toBe(true)
  await running[1]
  expect(patched()).toBe(false)
  for await (const chunk of stream()) expect(patched()).toBe(chunk > 0)
  expect(patched()).toBe(false)
})

test('getRandomValues still refuses an array of floats', () => {
  const { traced } = tape()
  const wrong = traced('wrong', { deterministic: true }, () =>
    crypto.getRandomValues(new Float32Array(1) as never),
  )
  expect(wrong).toThrow(/TypedArray|integer/i)
})

import { chunk, event } from '@runtape/testing/bedrock'
import type { CaptureLimits } from '@runtape/trace'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { streamHoldsSecret } from './stream-secrets.ts'

const limits: CaptureLimits = {
  maxPayloadBytes: 100,
  maxDepth: 100,
  maxLength: 1000,
  isSecret: name => name === 'password',
  redactsValues: true,
}

type Frame = (text: string, index: number) => Uint8Array
const delta = (index: number, part: object) =>
  event('contentBlockDelta', { contentBlockIndex: index, delta: part })
const tellers: readonly Frame[] = [
  (text, index) => delta(index, { text }),
  (input, index) => delta(index, { toolUse: { input } }),
  (text, index) => chunk({ type: 'content_block_delta', index, delta: { type: 'text_delta', text } }),
  (text, index) => chunk({ index, delta: { partial_json: text } }),
  (text, index) => chunk({ choices: [{ index, delta: { content: text } }] }),
  (text, index) =>
    chunk({ choices: [{ delta: { tool_calls: [{ index, function: { arguments: text } }] } }] }),
  (text, index) =>
    chunk({ contentBlockDelta: { contentBlockIndex: index, delta: { toolUse: { input: text } } } }),
]
const noise: readonly Uint8Array[] = [
  delta(7, { text: 'x "y" {"z": 1}' }),
  event('contentBlockStop', { contentBlockIndex: 0 }),
  chunk({ type: 'ping' }),
]

const parts = (text: string, cuts: readonly number[]): string[] => {
  const ends = [...cuts.map(cut => cut % text.length), text.length].sort((a, b) => a - b)
  return ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end))
}

test.each([
  ['password', true],
  ['city', false],
])('JSON with a %s is classified correctly, however it is split or interleaved', (name, isSecret) => {
  const text = JSON.stringify({ a: [1, { [name]: 'Bern € {"' }], b: 'x' })
  fc.assert(
    fc.property(
      fc.constantFrom(...tellers),
      fc.array(fc.nat(99), { maxLength: 40 }),
      fc.array(fc.nat(noise.length), { maxLength: 40 }),
      fc.array(fc.nat(200), { minLength: 1, maxLength: 4 }),
      (teller, cuts, between, ends) => {
        const frames = parts(text, cuts).flatMap((part, at) => {
          const other = noise[between[at] ?? -1]
          return [teller(part, 0), ...(other ? [other, teller('{', 1)] : [])]
        })
        const bytes = Buffer.concat(frames)
        expect(streamHoldsSecret(bytes, limits)).toBe(isSecret)
        // However much of the end is lost: no false secret appears, and none is missed.
        for (const end of ends) {
          const isFound = streamHoldsSecret(
            Buffer.concat([bytes, teller('x'.repeat(200), 1).subarray(0, -end)]),
            limits,
          )
          expect(isFound).toBe(isSecret)
        }
      },
    ),
    { numRuns: 100 },
  )
})

test.each([
  [`sk-proj-${'Ab1_'.repeat(10)}`, true],
  [`postgres://ada:${'hunter2'}@db.example.com/app`, true],
  ['a task-force of the postgres://db.example.com/app', false],
])('text like a secret is classified correctly, however it is split: %s', (secret, isSecret) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...tellers),
      fc.array(fc.nat(99), { maxLength: 40 }),
      fc.array(fc.nat(noise.length), { maxLength: 40 }),
      (teller, cuts, between) => {
        const frames = parts(`it is ${secret} so`, cuts).flatMap((part, at) => {
          const other = noise[between[at] ?? -1]
          return [teller(part, 0), ...(other ? [other, teller('s', 1)] : [])]
        })
        expect(streamHoldsSecret(Buffer.concat(frames), limits)).toBe(isSecret)
        expect(streamHoldsSecret(Buffer.concat(frames), { ...limits, redactsValues: false })).toBe(false)
      },
    ),
    { numRuns: 100 },
  )
})

test('bytes that are not frames are scanned as text', () => {
  expect(streamHoldsSecret(Buffer.from(`HTTP/1.1 500 {"password":"x"}`), limits)).toBe(true)
  expect(streamHoldsSecret(Buffer.from('<html>"a": {'), limits)).toBe(false)
  expect(streamHoldsSecret(Buffer.alloc(0), limits)).toBe(false)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), bytes => {
      expect(streamHoldsSecret(Buffer.from(bytes), limits)).toBe(false)
    }),
    { numRuns: 200 },
  )
})

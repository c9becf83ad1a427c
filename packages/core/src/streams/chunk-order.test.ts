import { expect, test } from 'vitest'
import { ChunkOrder, chunkMoments } from './chunk-order.ts'

test('decoding returns the encoded moments of chunks', () => {
  const order = new ChunkOrder(7)
  const moments = [
    { place: 9, atMs: 0 },
    { place: 10, atMs: 0 },
    { place: 12, atMs: 20 },
    { place: 1012, atMs: 123_456 },
  ]
  for (const { place, atMs } of moments) order.add(place, atMs)
  expect(chunkMoments(order.text, 7)).toEqual(moments)
})

test('a chunk every 20 ms takes three bytes', () => {
  const order = new ChunkOrder(0)
  for (let chunk = 1; chunk <= 1000; chunk++) order.add(2 * chunk, 20 * chunk)
  expect(order.text.length).toBe(3000)
})

test('only the first ten thousand chunks of a long stream are kept', () => {
  const order = new ChunkOrder(0)
  for (let chunk = 1; chunk <= 20_000; chunk++) order.add(2 * chunk, chunk)
  expect(chunkMoments(order.text, 0)).toHaveLength(10_000)
})

test.each(['', 'x', ':', ':? :1', '-9:1 :1', ':-5'])('damaged text is decoded up to the damage: %j', text => {
  expect(chunkMoments(text, 0).length).toBeLessThanOrEqual(1)
})

import { expect, test } from 'vitest'
import { decodeValue } from './decode.ts'
import { StreamEncoder } from './encode-stream.ts'
import { defaultLimits } from './limits.ts'

function capture(chunks: readonly unknown[], returned?: unknown, limits = defaultLimits) {
  const encoder = new StreamEncoder(limits)
  for (const chunk of chunks) encoder.add(chunk)
  return encoder.finish(returned)
}

test('marks, losses and redactions have the path of their chunk', () => {
  const shared = { at: new Date(0) }
  const chunks = [1, { shared, again: shared }, { run: () => 1, password: 'x' }]
  const payload = capture(chunks, new Map([['token', () => 1]]))
  expect(payload.lossy).toEqual(['$.chunks[2].run: a function', '$.returned[1]: a function'])
  expect(payload.redacted).toEqual(['$.chunks[2].password'])
  const back = decodeValue(payload) as { chunks: { shared: object; again: object }[]; returned: unknown }
  expect(back.chunks[1]).toEqual({ shared, again: shared })
  expect(back.chunks[1]?.again).toBe(back.chunks[1]?.shared)
  expect(back.returned).toBeInstanceOf(Map)
})

test('an object emitted twice is captured twice, in its state each time', () => {
  const encoder = new StreamEncoder(defaultLimits)
  const chunk = { text: 'a' }
  encoder.add(chunk)
  chunk.text = 'ab'
  encoder.add(chunk)
  expect(encoder.finish(chunk).json).toBe('{"chunks":[{"text":"a"},{"text":"ab"}],"returned":{"text":"ab"}}')
})

test('a stream beyond the limit is truncated', () => {
  const limits = { ...defaultLimits, maxPayloadBytes: 100 }
  expect(capture(['x'.repeat(60), 'x'.repeat(60), 'x'], undefined, limits)).toEqual({
    json: 'null',
    truncated: 120,
  })
  expect(capture([], 'x'.repeat(200), limits)).toEqual({ json: 'null', truncated: 200 })
})

test('an unreadable chunk is marked, and the others are kept', () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const payload = capture([1, proxy, 2], 'end')
  expect(payload.json).toBe('{"chunks":[1,null,2],"returned":"end"}')
  expect(payload.lossy).toEqual([expect.stringMatching(/^\$\.chunks\[1\]: could not be read/)])
})

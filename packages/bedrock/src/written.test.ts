import type { CaptureLimits } from '@runtape/trace'
import { expect, test } from 'vitest'
import { writtenBody, writtenStream } from './recorded-answer.ts'
import { payloadOf } from './written.ts'

const limits: CaptureLimits = {
  maxPayloadBytes: 1000,
  maxDepth: 5,
  maxLength: 10,
  isSecret: name => name === 'password',
  redactsValues: true,
}
const head = { status: 200, attempts: 1 }
const body = (value: unknown) => writtenBody(Buffer.from(JSON.stringify(value)))

test('what is written already is kept as it is beside the rest', () => {
  expect(payloadOf(head, body({ a: '€' }), limits)).toEqual({
    json: '{"status":200,"attempts":1,"body":{"a":"€"}}',
  })
  expect(payloadOf({}, writtenStream('AQI=', [1, 1]), limits)).toEqual({
    json: '{"chunks":["AQI="],"sizes":[1,1]}',
  })
})

test('an answer that is too large with it is left out', () => {
  for (const written of [body('x'.repeat(1000)), writtenStream('A'.repeat(1000), [750])]) {
    const { json, truncated } = payloadOf(head, written, limits)
    expect(json).toBe('null')
    expect(truncated).toBeGreaterThan(1000)
  }
})

test('a body in which there is something to redact is captured, value by value', () => {
  const { json, redacted } = payloadOf(head, body({ a: [{ password: 'x' }] }), limits)
  expect(JSON.parse(json)).toEqual({ ...head, body: { a: [{ password: '[redacted]' }] } })
  expect(redacted).toEqual(['$.body.a[0].password'])
})

test('a body that is too deep is captured, and said to be', () => {
  expect(payloadOf(head, body([[[[[[1]]]]]]), limits).lossy).toEqual([expect.stringContaining('too deep')])
})

test('a hook is asked about what is written already too', () => {
  const redact = (_path: string, value: unknown) => (value === 'x' ? 'y' : value)
  const { json } = payloadOf(head, body({ a: 'x' }), { ...limits, redact })
  expect(JSON.parse(json)).toEqual({ ...head, body: { a: 'y' } })
})

test('nothing is kept of it where outputs are not', () => {
  const { json, redacted } = payloadOf(head, body({ a: 'x' }), { ...limits, keepsOutput: false })
  expect([json, redacted]).toEqual(['"[redacted]"', ['$']])
})

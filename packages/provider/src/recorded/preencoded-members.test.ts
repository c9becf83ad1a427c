import type { CaptureLimits } from '@runtape/trace'
import { expect, test } from 'vitest'
import { type PreencodedMembers, payloadOf as payloadOfParts } from './preencoded-members.ts'

const limits: CaptureLimits = {
  maxPayloadBytes: 1000,
  maxDepth: 5,
  maxLength: 10,
  isSecret: name => name === 'password',
  redactsValues: true,
}
const head = { status: 200, attempts: 1 }
const body = (value: unknown): PreencodedMembers => ({
  json: `"body":${JSON.stringify(value)}`,
  inspectable: () => ({ body: value }),
})
const stream = (text: string, secret = false): PreencodedMembers => ({
  json: `"chunks":["${text}"]`,
  holdsSecret: () => secret,
})
const payloadOf = (values: object, members: PreencodedMembers, limits: CaptureLimits) =>
  payloadOfParts({ values, members }, limits)

test('preencoded members are recorded unchanged, next to the others', () => {
  expect(payloadOf(head, body({ a: '€' }), limits)).toEqual({
    json: '{"status":200,"attempts":1,"body":{"a":"€"}}',
  })
  expect(payloadOf({}, stream('AQI='), limits)).toEqual({ json: '{"chunks":["AQI="]}' })
})

test('an answer that is too large with them is omitted', () => {
  for (const written of [body('x'.repeat(1000)), stream('A'.repeat(1000))]) {
    const { json, truncated } = payloadOf(head, written, limits)
    expect(json).toBe('null')
    expect(truncated).toBeGreaterThan(1000)
  }
})

test('a body with values to redact is captured value by value', () => {
  const { json, redacted } = payloadOf(head, body({ a: [{ password: 'x' }] }), limits)
  expect(JSON.parse(json)).toEqual({ ...head, body: { a: [{ password: '[redacted]' }] } })
  expect(redacted).toEqual(['$.body.a[0].password'])
})

test('a body that is too deep is captured, with a mark', () => {
  expect(payloadOf(head, body([[[[[[1]]]]]]), limits).lossy).toEqual([expect.stringContaining('too deep')])
})

test('a redact hook sees preencoded members, too', () => {
  const redact = (_path: string, value: unknown) => (value === 'x' ? 'y' : value)
  const { json } = payloadOf(head, body({ a: 'x' }), { ...limits, redact })
  expect(JSON.parse(json)).toEqual({ ...head, body: { a: 'y' } })
})

test('nothing of them is kept if outputs are not kept', () => {
  const { json, redacted } = payloadOf(head, body({ a: 'x' }), { ...limits, keepsOutput: false })
  expect([json, redacted]).toEqual(['"[redacted]"', ['$']])
})

test.each([
  ['in its events', { a: 'x' }, true],
  ['in their aggregate', { password: 'x' }, false],
])('a stream with a secret %s is withheld', (_, values, secret) => {
  const { json } = payloadOf({ ...head, ...values }, stream('AQI=', secret), limits)
  expect(JSON.parse(json)).toMatchObject({ ...head, withheld: true })
  expect(json).not.toContain('AQI=')
})

test('learned JSON is kept unchanged, or captured if part of it must be redacted', () => {
  const parts = (learned: object) => payloadOfParts({ head, learned, members: stream('AQI=') }, limits)
  expect(parts({ b: [1] }).json).toBe('{"status":200,"attempts":1,"b":[1],"chunks":["AQI="]}')
  expect(JSON.parse(parts({ password: 'x' }).json)).toEqual({
    ...head,
    password: '[redacted]',
    withheld: true,
  })
})

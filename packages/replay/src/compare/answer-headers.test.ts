import { encodeValue } from '@runtape/trace'
import { expect, test } from 'vitest'
import { comparePayloads } from './compare-payloads.ts'

const thrown = (headers: Record<string, string>, more: object = {}) =>
  encodeValue(Object.assign(new Error('429'), { status: 429, headers: new Headers(headers), ...more }))

const full = { 'x-request-id': 'req-1', 'retry-after': '2', date: 'Sun', connection: 'keep-alive' }
const { date: _, connection: __, ...kept } = full

test('headers of an error that only one side has are ignored', () => {
  expect(comparePayloads(thrown(full), thrown(kept))).toEqual({ result: 'same' })
  expect(comparePayloads(thrown(kept), thrown({ ...kept, server: 'cdn' }))).toEqual({ result: 'same' })
})

test('a secret header that only one side has makes nothing unknown', () => {
  const recorded = thrown({ a: '1', 'set-cookie': 'session=abcdefgh12345678', 'x-request-id': 'req-1' })
  expect(recorded.redacted).toEqual(['$.headers[3]'])
  expect(comparePayloads(recorded, thrown({ a: '1', 'x-request-id': 'req-1' }))).toEqual({ result: 'same' })
  expect(comparePayloads(recorded, recorded)).toMatchObject({ result: 'unknown' })
})

test('headers of both sides count, and so does everything else in the error', () => {
  expect(comparePayloads(thrown(full), thrown({ ...kept, 'retry-after': '3' }))).toEqual({
    result: 'different',
  })
  expect(comparePayloads(thrown(full), thrown(kept, { status: 500 }))).toEqual({ result: 'different' })
})

test('every header of a returned value counts', () => {
  const returned = (headers: Record<string, string>) => encodeValue({ headers: new Headers(headers) })
  expect(comparePayloads(returned(full), returned(kept))).toEqual({ result: 'different' })
})

import { describe, expect, test } from 'vitest'
import { bodyBytes, chunksOf, type RecordedAnswer, writtenBody, writtenStream } from './recorded-answer.ts'
import type { Written } from './written.ts'

const read = ({ json }: Written): RecordedAnswer => JSON.parse(`{${json}}`)

describe('the bytes of a stream', () => {
  test.each([
    ['in several chunks', [[1, 2, 255], [0], [7, 7, 7, 7]]],
    ['in one', [[1, 2, 3]]],
    ['that are none', []],
  ])('%s are kept as they arrived', (_, parts) => {
    const chunks = parts.map(part => Buffer.from(part))
    const written = writtenStream(
      Buffer.concat(chunks),
      chunks.map(({ length }) => length),
    )
    expect(chunksOf(read(written))).toEqual(chunks)
    expect(read(written)).toEqual(written.values())
  })

  test('of a tape that holds each chunk by itself are read as well', () => {
    expect(chunksOf({ chunks: ['AQI=', 'Aw=='] })).toEqual([Buffer.from([1, 2]), Buffer.from([3])])
  })
})

describe('a body', () => {
  test.each([
    ['JSON', Buffer.from('{"a":[1,"€"]}'), 'body'],
    ['JSON that would be written in another way', Buffer.from('{ "a": 1.0 }'), 'text'],
    ['text', Buffer.from('<html>"\\'), 'text'],
    ['nothing', Buffer.from(''), 'text'],
    ['bytes', Buffer.from([0, 255, 200]), 'base64'],
  ])('that is %s is kept as the very bytes', (_, bytes, member) => {
    const written = writtenBody(bytes)
    expect(Object.keys(read(written))).toEqual([member])
    expect(read(written)).toEqual(written.values())
    expect(Buffer.from(bodyBytes(read(written)))).toEqual(bytes)
  })
})

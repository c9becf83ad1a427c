import type { PreencodedMembers } from '@runtape/provider'
import { describe, expect, test } from 'vitest'
import { ByteLog } from './byte-log.ts'
import { bodyBytes, chunksOf, type RecordedAnswer, writtenBody, writtenStream } from './recorded-answer.ts'

const read = ({ json }: PreencodedMembers): RecordedAnswer => JSON.parse(`{${json}}`)

describe('the bytes of a stream', () => {
  test.each([
    ['in several chunks', [[1, 2, 255], [0], [7, 7, 7, 7]]],
    ['in one', [[1, 2, 3]]],
    ['that is empty', []],
    ['in many chunks', Array.from({ length: 100 }, (_, index) => new Array(index * 11).fill(index))],
    ['in large chunks', [new Array(30_000).fill(1), [2], new Array(12 * 1024 - 1).fill(3)]],
  ])('%s are stored as they arrived', (_, parts) => {
    const chunks = parts.map(part => Buffer.from(part))
    const log = new ByteLog()
    for (const chunk of chunks) log.push(chunk)
    const sizes = chunks.map(({ length }) => length)
    const written = writtenStream(log.bytes(), sizes)
    expect(chunksOf(read(written))).toEqual(chunks)
  })

  test('of a tape with separate chunks can be read', () => {
    expect(chunksOf({ chunks: ['AQI=', 'Aw=='] })).toEqual([Buffer.from([1, 2]), Buffer.from([3])])
  })
})

describe('a body', () => {
  test.each([
    ['JSON', Buffer.from('{"a":[1,"€"]}'), 'body'],
    ['JSON that would be serialized differently', Buffer.from('{ "a": 1.0 }'), 'text'],
    ['text', Buffer.from('<html>"\\'), 'text'],
    ['nothing', Buffer.from(''), 'text'],
    ['bytes', Buffer.from([0, 255, 200]), 'base64'],
  ])('that is %s is stored as its exact bytes', (_, bytes, member) => {
    const written = writtenBody(bytes)
    expect(Object.keys(read(written))).toEqual([member])
    expect(Object.values(written.inspectable?.() ?? {})).toHaveLength(1)
    expect(Buffer.from(bodyBytes(read(written)))).toEqual(bytes)
  })
})

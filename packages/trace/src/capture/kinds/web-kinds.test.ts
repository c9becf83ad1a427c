import { describe, expect, test } from 'vitest'
import { decodeValue } from '../decode.ts'
import { encodeValue } from '../payload.ts'

const roundTrip = <T>(value: T) => decodeValue(encodeValue(value)) as T

describe('web values are restored', () => {
  test('headers, including repeated ones', () => {
    const headers = new Headers({ 'content-type': 'text/plain' })
    headers.append('x-a', '1')
    headers.append('x-a', '2')
    const payload = encodeValue({ headers })
    expect(payload.lossy).toBeUndefined()
    const { headers: made } = decodeValue(payload) as { headers: Headers }
    expect(made).toBeInstanceOf(Headers)
    expect([...made]).toEqual([...headers])
  })

  test('search parameters, in order', () => {
    const made = roundTrip(new URLSearchParams('b=1&a=2&b=3'))
    expect(made).toBeInstanceOf(URLSearchParams)
    expect(String(made)).toBe('b=1&a=2&b=3')
  })

  test('form data, with file names', () => {
    const form = new FormData()
    form.append('a', '1')
    form.append('a', '2')
    expect([...roundTrip(form)]).toEqual([...form])
    form.append('empty', new File([], 'a.txt', { type: 'text/plain', lastModified: 5 }))
    const payload = encodeValue(form)
    expect(payload.lossy).toBeUndefined()
    expect((decodeValue(payload) as FormData).get('empty')).toMatchObject({
      name: 'a.txt',
      type: 'text/plain',
      size: 0,
    })
  })

  test('aborted signals with the reason, and others', () => {
    const aborted = roundTrip(AbortSignal.abort(new RangeError('too late')))
    expect(aborted).toBeInstanceOf(AbortSignal)
    expect(aborted.aborted).toBe(true)
    expect(aborted.reason).toEqual(new RangeError('too late'))
    expect(roundTrip(AbortSignal.abort()).reason).toMatchObject({ name: 'AbortError' })
    const { signal } = roundTrip({ signal: new AbortController().signal })
    expect(signal.aborted).toBe(false)
    expect(AbortSignal.any([signal]).aborted).toBe(false)
  })

  test('responses and requests without a body', () => {
    const response = roundTrip(
      new Response(null, { status: 204, statusText: 'Gone', headers: { 'x-a': '1' } }),
    )
    expect(response).toBeInstanceOf(Response)
    expect(response).toMatchObject({ status: 204, statusText: 'Gone', body: null })
    expect(response.headers.get('x-a')).toBe('1')
    expect(roundTrip(Response.error()).type).toBe('error')
    const request = roundTrip(new Request('http://a.test/b?c', { method: 'DELETE', headers: { 'x-a': '1' } }))
    expect(request).toMatchObject({ url: 'http://a.test/b?c', method: 'DELETE' })
    expect(request.headers.get('x-a')).toBe('1')
    expect(encodeValue(request).lossy).toBeUndefined()
    expect(roundTrip(new Request('http://a.test', { signal: AbortSignal.abort() })).signal.aborted).toBe(true)
  })
})

describe('bytes that need waiting', () => {
  test('are left to the application by a sync capture, and listed as lossy', async () => {
    const response = Response.json({ ok: true }, { status: 201 })
    const payload = encodeValue([response])
    expect(JSON.parse(payload.json)[0]).toMatchObject({
      status: 201,
      headers: ['content-type', 'application/json'],
      body: null,
    })
    expect(payload.lossy).toEqual(['$[0].body: its bytes, which are not waited for here'])
    expect(response.bodyUsed).toBe(false)
    expect(response.body?.locked).toBe(false)
    expect(await response.json()).toEqual({ ok: true })
  })

  test('are not pulled from a stream', async () => {
    let pulled = 0
    const body = new ReadableStream({ pull: () => void pulled++ }, { highWaterMark: 0 })
    encodeValue(new Response(body))
    encodeValue(new Request('http://a.test', { method: 'POST', body, duplex: 'half' } as RequestInit))
    await new Promise(resolve => setImmediate(resolve))
    expect(pulled).toBe(0)
  })

  test('include those of blobs and files', () => {
    expect(encodeValue(new Blob(['abc'], { type: 'text/plain' }))).toMatchObject({
      json: '{"size":3,"type":"text/plain","content":null}',
      lossy: ['$.content: its bytes, which are not waited for here'],
    })
    expect(encodeValue({ file: new File(['abc'], 'a.txt') }).lossy).toEqual([
      '$.file.content: its bytes, which are not waited for here',
    ])
    expect(roundTrip(new Blob([], { type: 'text/html' }))).toMatchObject({ type: 'text/html', size: 0 })
  })
})

test('secrets in web values are redacted', () => {
  const headers = new Headers({ authorization: 'Bearer abc', 'x-api-key': 'abc', accept: 'text/plain' })
  const params = new URLSearchParams('password=abc&page=1')
  const payload = encodeValue({ headers, params, request: new Request('http://a.test', { headers }) })
  expect(payload.json).not.toContain('abc')
  expect(payload.json).toContain('text/plain')
  expect(payload.redacted).toHaveLength(5)
})

test('a subclass of a web class, or a class of the same name, is lossy', () => {
  class Tagged extends Headers {
    tag = 'x'
  }
  class Fake {
    readonly [Symbol.toStringTag] = 'Headers'
    readonly own = 1
  }
  expect(encodeValue(new Tagged()).lossy).toEqual(['$: an instance of Tagged, kept as Headers'])
  expect(encodeValue(new Fake())).toMatchObject({
    json: '{"own":1}',
    lossy: expect.arrayContaining(['$: an instance of Fake']),
  })
  class Watched extends Response {}
  Object.defineProperty(Watched.prototype, 'body', {
    get: () => {
      throw new Error('it was looked at')
    },
  })
  expect(encodeValue(new Watched('a')).lossy).toEqual(['$: an instance of Watched, kept as Response'])
})

const { Temporal } = globalThis as { Temporal?: Record<string, { from(text: string): object }> }

describe.runIf(Temporal)('Temporal', () => {
  test.each([
    ['Instant', '2026-11-29T20:00:00.123456789Z'],
    ['ZonedDateTime', '2026-11-29T20:00:00+01:00[Europe/Berlin]'],
    ['PlainDate', '2026-11-29'],
    ['PlainTime', '20:00:00.5'],
    ['PlainDateTime', '2026-11-29T20:00:00'],
    ['PlainYearMonth', '2026-11'],
    ['PlainMonthDay', '11-29'],
    ['Duration', 'P1DT2H'],
  ])('%s is restored', (name, text) => {
    const value = Temporal?.[name]?.from(text)
    const payload = encodeValue({ value })
    expect(payload.lossy).toBeUndefined()
    const { value: made } = decodeValue(payload) as { value: object }
    expect(Object.prototype.toString.call(made)).toBe(`[object Temporal.${name}]`)
    expect(String(made)).toBe(text)
  })
})

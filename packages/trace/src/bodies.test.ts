import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { Payload } from '@runtape/core'
import { whenHandedOver } from '@runtape/core/internal'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tape } from '../test/tape.ts'
import { decodeValue } from './capture/decode.ts'

const large = 'x'.repeat(70_000)
const sent: Record<string, (response: ServerResponse) => void> = {
  small: response => response.setHeader('content-length', 5).end('small'),
  chunked: response => {
    response.write('chun')
    response.end('ked')
  },
  large: response => response.setHeader('content-length', large.length).end(large),
  gzip: response => response.setHeader('content-encoding', 'gzip').end(gzipSync('packed')),
  aborted: response => {
    response.setHeader('content-length', 50).write('half')
    setImmediate(() => setTimeout(() => response.destroy(), 5))
  },
  slow: response => {
    response.setHeader('content-length', 8).write('slow')
    setTimeout(() => response.end('+end'), 200)
  },
  events: response => response.setHeader('content-type', 'text/event-stream').end('data: 1\n\n'),
}
const server = createServer(async (request, response) => {
  const name = String(request.url).slice(1)
  if (name !== 'echo') return sent[name]?.(response)
  const chunks: Buffer[] = await request.toArray()
  response.end(`${request.headers['content-length']} ${Buffer.concat(chunks)}`)
})
let base = ''
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterAll(() => void server.closeAllConnections())

/** Records a call that returns the result of `make`. Returns that result, and the recorded output. */
async function recorded<T>(make: () => T | Promise<T>) {
  const { traced, only } = tape()
  const value = await traced('give', async () => make())()
  await whenHandedOver()
  return { value, output: only().output as Payload }
}

const readers: Record<string, (response: Response) => Promise<string>> = {
  text: response => response.text(),
  json: async response => String(await response.json()),
  bytes: async response => Buffer.from(await response.arrayBuffer()).toString(),
  blob: async response => (await response.blob()).text(),
  clone: response => response.clone().text(),
  reader: async ({ body }) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of body as ReadableStream<Uint8Array>) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  },
  'its own buffer': async ({ body }) => {
    const reader = (body as ReadableStream<Uint8Array>).getReader({ mode: 'byob' })
    let text = ''
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(2))
      if (done) return text
      text += Buffer.from(value)
    }
  },
  tee: async ({ body }) => new Response(body?.tee()[1]).text(),
  pipe: async ({ body }) => new Response(body?.pipeThrough(new TransformStream())).text(),
}

describe('a small body', () => {
  const bodies: [what: string, make: () => Response | Promise<Response>, text: string][] = [
    ['JSON', () => Response.json(123), '123'],
    ['a text', () => new Response('123'), '123'],
    ['bytes', () => new Response(new TextEncoder().encode('123')), '123'],
    ['a blob', () => new Response(new Blob(['12', '3'])), '123'],
    ['parameters', () => new Response(new URLSearchParams({ a: '1 2' })), 'a=1+2'],
    ['an answer of a server', () => fetch(`${base}small`), 'small'],
    ['an answer handed on', async () => new Response((await fetch(`${base}small`)).body), 'small'],
  ]
  test.each(bodies)('is recorded: %s', async (_what, make, text) => {
    const { value, output } = await recorded(make)
    expect(output.lossy).toBeUndefined()
    expect(JSON.parse(output.json).body).toBe(text)
    expect(value).toMatchObject({ bodyUsed: false })
    expect(value.body?.locked).toBe(false)
    expect(await value.text()).toBe(text)
    expect(value.bodyUsed).toBe(true)
    const made = decodeValue(output) as Response
    expect(made).toBeInstanceOf(Response)
    expect([...made.headers]).toEqual([...value.headers])
    expect(made).toMatchObject({ status: 200, url: value.url })
    expect(await made.text()).toBe(text)
  })

  test.each(Object.entries(readers))('can be read once by the application: %s', async (_name, read) => {
    const makers = [() => Response.json(123), ...(read === readers.json ? [] : [() => fetch(`${base}small`)])]
    for (const make of makers) {
      const { traced } = tape()
      const value = await traced('give', async () => make())()
      expect(['123', 'small']).toContain(await read(value))
      if (read !== readers.clone) expect(value.bodyUsed).toBe(true)
      await whenHandedOver()
    }
  })

  test('of binary data is restored exactly', async () => {
    const bytes = new Uint8Array([0, 255, 254, 128, 1])
    const { output } = await recorded(() => new Response(bytes))
    expect(JSON.parse(output.json).body).toEqual({ base64: Buffer.from(bytes).toString('base64') })
    expect(new Uint8Array(await (decodeValue(output) as Response).arrayBuffer())).toEqual(bytes)
  })

  test('of a form is restored with its fields and files', async () => {
    const form = new FormData()
    form.append('a', '1')
    form.append('file', new File(['abc'], 'a.txt'))
    const { output } = await recorded(() => new Response(form))
    const made = await (decodeValue(output) as Response).formData()
    expect(made.get('a')).toBe('1')
    expect(await (made.get('file') as File).text()).toBe('abc')
    // The runtime generates another boundary each time.
    expect((await recorded(() => new Response(form))).output).toEqual(output)
  })

  test('of a request is recorded before the function reads it', async () => {
    const { traced, only } = tape()
    const handle = traced('handle', async (request: Request) => (await request.json()) as unknown)
    const request = new Request('http://a.test', { method: 'POST', body: '{"amount":5}' })
    expect(await handle(request)).toEqual({ amount: 5 })
    await whenHandedOver()
    const { input } = only()
    expect(input.lossy).toBeUndefined()
    const [made] = decodeValue(input) as [Request]
    expect(await made.json()).toEqual({ amount: 5 })
    expect(made).toMatchObject({ method: 'POST', url: 'http://a.test/' })
  })

  test('of a request is sent by fetch as usual', async () => {
    const { traced } = tape()
    const send = traced('send', async (request: Request) => (await fetch(request)).text())
    for (const body of ['text', new Blob(['blob']), new URLSearchParams({ a: '1' })])
      expect(await send(new Request(`${base}echo`, { method: 'POST', body }))).toMatch(
        /^(?:4 text|4 blob|3 a=1)$/,
      )
    await whenHandedOver()
  })

  test('is recorded at each place, after any number of calls', async () => {
    const { traced, spans } = tape()
    const inner = traced('inner', async () => Response.json({ ok: true }))
    const outer = traced('outer', async () => inner())
    const value = await traced('root', async () => ({ first: await outer(), n: 1 }))()
    await whenHandedOver()
    for (const { output } of spans)
      expect([output?.json, output?.lossy]).toEqual([expect.stringContaining('true'), undefined])
    expect(await value.first.json()).toEqual({ ok: true })
  })

  test('of an error is recorded with it, and the error is thrown at once', async () => {
    const { traced, only } = tape()
    const error = Object.assign(new Error('refused'), {
      response: Response.json({ code: 7 }, { status: 409 }),
    })
    await expect(traced('fail', async () => Promise.reject(error))()).rejects.toBe(error)
    await whenHandedOver()
    const kept = decodeValue(only().error?.value as Payload) as typeof error
    expect(kept.response.status).toBe(409)
    expect(await kept.response.json()).toEqual({ code: 7 })
    expect(await error.response.json()).toEqual({ code: 7 })
  })

  test('contains no secrets', async () => {
    const json = await recorded(() => Response.json({ password: 's3cret', name: 'Ada' }))
    expect(json.output).toMatchObject({ redacted: ['$.body.password'] })
    const pairs = await recorded(() => new Response(new URLSearchParams({ password: 's3cret', page: '1' })))
    const form = new FormData()
    form.append('password', 's3cret')
    form.append('page', '17')
    const parts = await recorded(() => new Response(form))
    const blob = await recorded(() => new Blob(['{"apiKey":"s3cret"}']))
    for (const { output } of [json, pairs, parts, blob]) {
      expect(output.json).not.toContain('s3cret')
      expect(output.redacted).toHaveLength(1)
    }
    expect(parts.output.json).toContain('17')
  })
})

describe('a body is left to the application and reported as lossy', () => {
  const own = () => {
    let pulled = 0
    const stream = new ReadableStream(
      {
        pull: controller => {
          pulled++
          controller.enqueue(new TextEncoder().encode('a'))
        },
      },
      { highWaterMark: 0 },
    )
    return { stream, pulled: () => pulled }
  }

  test.each([
    ['a large one', () => fetch(`${base}large`), 'which has 70000 bytes', large],
    ['one of unknown size', () => fetch(`${base}chunked`), 'whose size is unknown', 'chunked'],
    ['a compressed one', () => fetch(`${base}gzip`), 'whose decoded size is unknown', 'packed'],
    ['an event stream', () => fetch(`${base}events`), 'which is an event stream', 'data: 1\n\n'],
    ['a large local one', () => new Response(large), 'more than 65536', large],
    ['a late one', () => fetch(`${base}slow`), 'did not arrive in time', 'slow+end'],
    [
      'a late one, passed on',
      async () => new Response((await fetch(`${base}slow`)).body),
      'did not arrive in time',
      'slow+end',
    ],
  ])('%s', async (_what, make, why, text) => {
    const { value, output } = await recorded<Response>(make)
    expect(output.lossy).toEqual([expect.stringMatching(/^\$\.body: its b/)])
    expect(output.lossy?.[0]).toContain(why)
    expect(value.bodyUsed).toBe(false)
    expect(await value.text()).toBe(text)
  })

  test('if it breaks off, with its own error', async () => {
    const { value, output } = await recorded(() => fetch(`${base}aborted`))
    expect(output.lossy).toHaveLength(1)
    await expect(value.text()).rejects.toThrow('terminated')
  })

  test('if it is a stream of the application, which is not pulled', async () => {
    const { stream, pulled } = own()
    const { value, output } = await recorded(() => new Response(stream))
    expect(output.lossy).toEqual(['$.body: its body, which is a stream that only the application reads'])
    expect(pulled()).toBe(0)
    await value.body?.cancel()
  })

  test('if it was already read; a custom class is kept as Response', async () => {
    const read = await recorded(async () => {
      const response = new Response('a')
      await response.text()
      return response
    })
    expect(read.output.lossy).toEqual(['$.body: its body, which was already read'])
    class Next extends Response {}
    const next = await recorded(() => new Next('a'))
    expect(next.output.lossy).toEqual(['$: an instance of Next, kept as Response'])
    expect(await next.value.text()).toBe('a')
  })

  test('unless there is none', async () => {
    for (const make of [() => new Response(null, { status: 204 }), () => new Response()]) {
      const { output } = await recorded(make)
      expect(output.lossy).toBeUndefined()
      expect((decodeValue(output) as Response).body).toBeNull()
    }
  })
})

test('the bytes of blobs and files are recorded at any place', async () => {
  const form = new FormData()
  form.append('file', new File(['abc'], 'a.txt', { type: 'text/plain', lastModified: 5 }))
  const value = { list: [new Blob(['12'], { type: 'text/html' })], form, map: new Map([['b', new Blob([])]]) }
  const { output } = await recorded(() => value)
  expect(output.lossy).toBeUndefined()
  const made = decodeValue(output) as typeof value
  expect(made.list[0]).toMatchObject({ type: 'text/html', size: 2 })
  expect(await made.list[0]?.text()).toBe('12')
  const file = made.form.get('file') as File
  expect(file).toMatchObject({ name: 'a.txt', type: 'text/plain', lastModified: 5 })
  expect(await file.text()).toBe('abc')
  const big = await recorded(() => new Blob([large]))
  expect(big.output.lossy).toEqual(['$.content: its bytes, which are 70000'])
})

test('waiting for a body does not change the end order, and does not delay calls without one', async () => {
  const { traced, spans } = tape()
  const root = traced('root', async () => {
    await traced('body', async () => Response.json(1))()
    await traced('plain', async () => 1)()
  })
  const done = root()
  await done
  await whenHandedOver()
  const [body, plain] = ['body', 'plain'].map(key => spans.find(span => span.key === key))
  expect(body?.endOrder).toBeLessThan(plain?.startOrder as number)
  traced('now', () => 1)()
  expect(spans.at(-1)?.key).toBe('now')
})

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { completion } from '@runtape/testing/openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tapFetch } from '../src/index.ts'
import { setUp } from './set-up.ts'
import { valueOf } from './value-of.ts'

const { tape } = setUp()
let server: Server
let received = ''

// Answers as soon as it has the head of the request, and ends when the body has.
beforeAll(async () => {
  server = createServer((request, response) => {
    received = ''
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    request.setEncoding('utf8').on('data', part => {
      received += part
    })
    request.on('end', () => response.end(JSON.stringify(completion('ok'))))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})

afterAll(() => void server.close())

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`
const headers = { 'content-type': 'application/json' }
const text = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] })

/** A body of which the end is produced only after `ready`. */
function bodyAfter(ready: Promise<unknown>): ReadableStream {
  const bytes = new TextEncoder().encode(text)
  return new ReadableStream({
    start: async controller => {
      controller.enqueue(bytes.subarray(0, 10))
      await ready
      controller.enqueue(bytes.subarray(10))
      controller.close()
    },
  })
}

const requestOf = (body: ReadableStream, signal?: AbortSignal) =>
  new Request(url(), {
    method: 'POST',
    headers,
    body,
    duplex: 'half',
    ...(signal && { signal }),
  } as RequestInit)

test('a Request whose body is produced while its response is read does not wait for ever', async () => {
  for (const fetch of [globalThis.fetch, tapFetch()]) {
    const answered = Promise.withResolvers<void>()
    const response = await fetch(requestOf(bodyAfter(answered.promise)))
    answered.resolve()
    expect(await response.json()).toEqual(completion('ok'))
    expect(received).toBe(text)
  }
  expect(valueOf(tape.call.input)).toEqual([{ unread: 'ReadableStream' }])
  expect(tape.call).toMatchObject({ status: 'ok', usage: { total: 29 } })
})

test('a body that is soon whole is read', async () => {
  const soon = new Promise(resolve => setTimeout(resolve, 20))
  await (await tapFetch()(requestOf(bodyAfter(soon)))).text()
  expect(received).toBe(text)
  expect(valueOf(tape.call.input)).toEqual([JSON.parse(text)])
})

test('an abort does not wait for the body', async () => {
  for (const fetch of [globalThis.fetch, tapFetch()]) {
    const aborting = new AbortController()
    const failing = fetch(requestOf(bodyAfter(new Promise(() => {})), aborting.signal)).then(response =>
      response.text(),
    )
    setTimeout(() => aborting.abort(new Error('left')), 20)
    await expect(failing).rejects.toThrow('left')
  }
})

import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { RuntapeError } from '@runtape/core'
import { span } from '@runtape/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newTape } from '../../test/tape.ts'
import type { ReplayOptions } from '../options.ts'
import { replay } from '../run/replay.ts'
import type { GuardNetwork } from './guard-network.ts'

const seen: string[] = []
const server = http.createServer((request, response) => {
  seen.push(`${request.method} ${request.url}`)
  response.end('sent')
})
let origin = ''

beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())
beforeEach(() => {
  seen.length = 0
})

const captured = globalThis.fetch
const viaHttp = (request: typeof http.request) =>
  new Promise<string>((resolve, reject) => {
    const outgoing = request(`${origin}/charge?card=4242`, { method: 'POST' }, response => {
      let text = ''
      response.on('data', chunk => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    })
    outgoing.on('error', reject)
    outgoing.end('{}')
  })

const senders: Record<string, () => Promise<string>> = {
  fetch: async () => (await fetch(`${origin}/charge?card=4242`, { method: 'POST' })).text(),
  'a fetch that was captured before': async () =>
    (await captured(new URL(`${origin}/charge`), { method: 'POST', body: '{}' })).text(),
  'http.request': () => viaHttp(http.request),
  'an agent of its own': () =>
    viaHttp(((url: string, options: object, done: never) =>
      http.request(url, { ...options, agent: new http.Agent({ keepAlive: true }) }, done)) as never),
}

/** By each dispatcher that an undici has made global: the built-in one, and that of a package. */
const viaDispatcher = (key: symbol) =>
  new Promise<string>((resolve, reject) => {
    const { dispatch } =
      (globalThis as never as Record<symbol, { dispatch(...all: unknown[]): boolean }>)[key] ?? {}
    if (!dispatch) return reject(new Error(`no ${String(key)}`))
    const dispatcher = (globalThis as never as Record<symbol, object>)[key]
    const done = () => resolve('sent')
    const handler = {
      onConnect() {},
      onHeaders: () => true,
      onData: () => true,
      onComplete: done,
      onError: reject,
      onRequestStart() {},
      onResponseStart() {},
      onResponseData() {},
      onResponseEnd: done,
      onResponseError: (_controller: unknown, error: Error) => reject(error),
    }
    dispatch.call(dispatcher, { origin, path: '/charge?card=4242', method: 'POST' }, handler)
  })

// They are there once anything was fetched.
await fetch('data:,')
const later = Symbol.for('undici.globalDispatcher.9')
// Of an undici that is not written yet.
Object.assign(globalThis, {
  [later]: {
    dispatch({ origin, path }: { origin: string; path: string }, handler: { onComplete(): void }) {
      const sent = http.request(origin + path, { method: 'POST', agent: false }, response => {
        response.resume().on('end', () => handler.onComplete())
      })
      sent.end()
      return true
    },
  },
})
for (const key of Object.getOwnPropertySymbols(globalThis))
  if (Symbol.keyFor(key)?.startsWith('undici.globalDispatcher.'))
    senders[`${Symbol.keyFor(key)}`] = () => viaDispatcher(key)

async function replaying(send: () => Promise<string>, guardNetwork?: GuardNetwork) {
  const { store, tracer } = newTape()
  await store.append([span({ key: 'pay', input: { json: '[]' } })])
  const warnings: string[] = []
  const logger = { warn: (message: string) => void warnings.push(message) }
  const options: ReplayOptions = {
    store,
    logger,
    ...(guardNetwork !== undefined && { guardNetwork }),
  }
  const [item] = (await replay(tracer.traced('pay', send), options)).items
  return { item, warnings }
}

test('a function that fails after two refused requests fails with the first', async () => {
  const send = async () => {
    await fetch(`${origin}/first`).catch(() => {})
    return (await fetch(`${origin}/second`)).text()
  }
  const { item, warnings } = await replaying(send, true)
  expect(item?.error).toContain(`GET ${origin}/first was not sent`)
  expect(warnings.map(each => /\/(first|second) was not sent/.exec(each)?.[1])).toEqual(['first', 'second'])
})

describe.each(Object.entries(senders))('a replayed function that sends with %s', (_, send) => {
  test('sends as usual without a guard', async () => {
    expect((await replaying(send)).item).toMatchObject({ result: 'sent', error: null })
    expect(seen).toHaveLength(1)
  })

  test('fails with an error that names the request, and sends nothing', async () => {
    const { item, warnings } = await replaying(send, true)
    expect(seen).toEqual([])
    expect(item?.error).toContain(`POST ${origin}/charge was not sent: the replay of 'pay' (trace `)
    expect(item?.error).not.toContain('card')
    expect(RuntapeError.isInstance(item?.thrown) && item.thrown.code).toBe('network-refused')
    expect(warnings).toEqual([item?.error])
  })

  test.each([
    ['its host', () => [new URL(origin).hostname]],
    ['its host and port', () => [new URL(origin).host]],
    ['how its URL begins', () => [`${origin}/cha`]],
    ['a pattern', () => [/\/charge/g]],
  ])('sends if %s is allowed', async (_what, allow) => {
    expect((await replaying(send, { allow: allow() })).item).toMatchObject({ result: 'sent', error: null })
    expect(seen).toHaveLength(1)
  })

  test('is refused if something else is allowed', async () => {
    const { item } = await replaying(send, {
      allow: ['api.example.com', 'https://127.0.0.1/', `${origin}/pay`],
    })
    expect(item?.error).toContain('was not sent')
    expect(seen).toEqual([])
  })

  test('does not affect other code, or anything afterwards', async () => {
    const { fetch: before } = globalThis
    const add = Reflect.get(http.Agent.prototype, 'addRequest')
    const running = replaying(async () => {
      await new Promise(resolve => setTimeout(resolve, 20))
      return 'done'
    }, true)
    await new Promise(resolve => setTimeout(resolve, 5))
    expect(await send()).toBe('sent')
    await running
    expect(globalThis.fetch).toBe(before)
    expect(Reflect.get(http.Agent.prototype, 'addRequest')).toBe(add)
    expect(await send()).toBe('sent')
  })
})

test('a function that handles the refusal keeps its result, and the request is reported', async () => {
  const { item, warnings } = await replaying(async () => {
    const answer = await fetch(`${origin}/charge`).catch(() => undefined)
    return answer ? 'sent' : 'offline'
  }, true)
  expect(item).toMatchObject({ result: 'offline', error: null })
  expect(warnings).toHaveLength(1)
})

test('two concurrent replays each follow their own option', async () => {
  const send = senders.fetch as () => Promise<string>
  const [guarded, free] = await Promise.all([replaying(send, true), replaying(send)])
  expect(guarded.item?.error).toContain('was not sent')
  expect(free.item?.result).toBe('sent')
})

test.each([
  ['yes'],
  [{}],
  [{ allow: 'api.example.com' }],
  [{ allow: ['https://'] }],
  [{ allow: ['api.example.com/v1'] }],
  [{ allow: [7] }],
])('guardNetwork: %j is refused before anything starts', async guardNetwork => {
  await expect(replaying(async () => 'done', guardNetwork as never)).rejects.toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  )
})

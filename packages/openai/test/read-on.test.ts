import { realTimers } from '@runtape/core/internal'
import { breakAfter, events, hang, type Reply, sse, streamed, textChunks } from '@runtape/testing/openai'
import { createTracker } from '@runtape/tracker'
import type OpenAI from 'openai'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { instrumentOpenAI } from '../src/index.ts'
import { openai5 } from './sdks.ts'
import { setUp } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { tape } = given
const tokens = { input: 20, output: 9, total: 29, cachedInput: 16, reasoning: 4 }

/** Streams up to the finish reason, and the rest when `more` is called. `closed`: when the client left. */
function finishThenUsage(): { readonly closed: Promise<void>; readonly more: () => void } {
  const closed = Promise.withResolvers<void>()
  const more = Promise.withResolvers<void>()
  const reply: Reply = async (response, request) => {
    response.on('close', () => closed.resolve())
    const all = events(textChunks('Noon.'), request)
    const last = all.findIndex(one => one.includes('"stop"'))
    response.writeHead(200, sse)
    response.write(all.slice(0, last + 1).join(''))
    await more.promise
    response.end(all.slice(last + 1).join(''))
  }
  given.fake.answer(reply)
  return { closed: closed.promise, more: more.resolve }
}

/** Makes the host always in time, even on a busy machine. */
const withoutLimit = () =>
  vi.spyOn(realTimers, 'setTimeout').mockImplementation((() => ({ unref: () => {} })) as never)
afterEach(() => void vi.restoreAllMocks())

type Items = Awaited<ReturnType<typeof open>>
const open = (client: OpenAI) => client.chat.completions.create(streamed)

/** The ways in which an application leaves a stream at the finish reason. */
const ways: [string, (items: Items) => Promise<unknown>][] = [
  [
    'break',
    async items => {
      for await (const { choices } of items) if (choices[0]?.finish_reason) break
      return 'left'
    },
  ],
  [
    'return',
    async items => {
      for await (const { choices } of items) if (choices[0]?.finish_reason) return 'returned'
      return 'read'
    },
  ],
  [
    'an abort',
    async items => {
      const seen: unknown[] = []
      for await (const item of items) {
        seen.push(item)
        if (item.choices[0]?.finish_reason) items.controller.abort()
      }
      return seen
    },
  ],
  [
    'cancelling its body',
    async items => {
      const reader = items.toReadableStream().getReader()
      const first = await reader.read()
      await reader.read()
      await reader.read()
      await reader.cancel()
      return first.value?.length
    },
  ],
]

describe.each(ways)('an application that leaves at the finish reason by %s', (_, leave) => {
  test('sees the same as without a tap, and its usage is known', async () => {
    withoutLimit()
    finishThenUsage()
    const bare = await leave(await open(given.raw()))
    const { more } = finishThenUsage()
    const live = await leave(await open(given.client()))
    more()
    expect(live).toEqual(bare)
    await expect.poll(() => tape.calls.length).toBe(1)
    expect(tape.call).toMatchObject({ status: 'ok', usage: tokens, metadata: { finishReason: 'stop' } })
    expect(valueOf(tape.call.output)).toMatchObject({ message: { content: 'Noon.' } })
  })

  test('does not wait for the usage, and is billed', async () => {
    withoutLimit()
    const { more } = finishThenUsage()
    const tracker = createTracker({ configKey: 'support', sink: tape })
    await tracker.run(async () => leave(await open(given.client())))
    more()
    await expect.poll(() => tracker.getSummary().tokens).toEqual(tokens)
  })

  test('releases the connection soon if the usage does not come', async () => {
    const { closed } = finishThenUsage()
    await leave(await open(given.client()))
    await closed
    await expect.poll(() => tape.calls.length).toBe(1)
    expect(tape.call.usage).toBeUndefined()
    expect(tape.call.status).toBe('cancelled')
  })
})

test('a stream that is left earlier is not read further, even if its chunk has the finish reason', async () => {
  const { closed } = finishThenUsage()
  for await (const _ of await open(given.client())) break
  expect(tape.call).toMatchObject({ status: 'cancelled' })
  await closed
})

test('an abort while waiting for the next chunk takes effect at once', async () => {
  const { closed } = finishThenUsage()
  const items = await open(given.client())
  setTimeout(() => items.controller.abort(), 30)
  for await (const _ of items);
  expect(tape.call).toMatchObject({ status: 'cancelled' })
  await closed
})

test('an abort before the answer is seen by the host', async () => {
  const closed = Promise.withResolvers<void>()
  given.fake.answer(response => void response.on('close', () => closed.resolve()))
  const controller = new AbortController()
  const asked = given.client().chat.completions.create(streamed, { signal: controller.signal })
  void expect
    .poll(() => given.fake.requests.length)
    .toBe(1)
    .then(() => controller.abort())
  await expect(asked).rejects.toThrow('aborted')
  await closed.promise
  await expect.poll(() => tape.calls.length).toBe(1)
  expect(tape.call.status).toBe('cancelled')
})

// In this major version, the loop continues after an abort: it yields the rest of the chunk.
const sdk5 = (isBare: boolean) => {
  const client = new openai5.OpenAI({ apiKey: 'sk-test', baseURL: given.fake.url, maxRetries: 0 })
  return isBare ? client : instrumentOpenAI(client)
}

describe('events in the same chunk as the finish reason are read as without a tap', () => {
  const whole = () =>
    textChunks('No', 'on.')
      .map(one => `data: ${JSON.stringify(one)}\n\n`)
      .join('')

  test.each<[string, Reply, boolean]>([
    ['if the application aborts before it reads the finish reason', hang(whole()), true],
    ['if the connection breaks after it', breakAfter(whole()), false],
  ])('%s', async (_what, reply, aborts) => {
    const read = async (client: ReturnType<typeof sdk5>) => {
      given.fake.answer(reply)
      const items = await client.chat.completions.create(streamed)
      const seen: unknown[] = []
      try {
        for await (const item of items) {
          seen.push(item.choices)
          if (aborts && item.choices[0]?.delta.content === 'on.') items.controller.abort()
        }
      } catch (error) {
        seen.push(String(error))
      }
      return seen
    }
    const bare = await read(sdk5(true))
    expect(bare.length).toBeGreaterThan(3)
    expect(await read(sdk5(false))).toEqual(bare)
  })
})

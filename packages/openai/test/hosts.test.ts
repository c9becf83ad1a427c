import type { TokenUsage } from '@runtape/core'
import { collect } from '@runtape/testing/openai'
import { createTracker } from '@runtape/tracker'
import type OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { clouds } from './hosts/clouds.ts'
import { localServers } from './hosts/local-servers.ts'
import { modelMakers } from './hosts/model-makers.ts'
import type { ChatHost } from './hosts/wire.ts'
import { setUp } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()

function serve({ answer, refusal, stream }: ChatHost): void {
  given.fake.answer((response, { body }) => {
    if (refusal && body.stream_options) {
      response.writeHead(refusal.status, { 'content-type': 'application/json' })
      return void response.end(JSON.stringify(refusal.body))
    }
    const type = body.stream ? 'text/event-stream' : 'application/json'
    response.writeHead(200, { 'content-type': type })
    response.end(body.stream ? stream(body.stream_options?.include_usage === true) : JSON.stringify(answer))
  })
}

/** What is in the bill of one run in which the application did this. */
async function billed(work: () => Promise<unknown>): Promise<TokenUsage | undefined> {
  const tracker = createTracker({ configKey: 'support', sink: given.tape })
  await tracker.run(work)
  return tracker.getSummary().tokens
}

const messages = [{ role: 'user' as const, content: 'Time?' }]
const streamOf = async (client: OpenAI, model: string, more: object = {}) =>
  collect(await client.chat.completions.create({ model, messages, stream: true, ...more }))

describe.each([...modelMakers, ...clouds, ...localServers])('$name', host => {
  const { model, usage, streamUsage = usage, answeredBy = model } = host
  const message = () => (valueOf(given.tape.call.output) as { message: { content: string } }).message

  test('an answer in one piece is billed', async () => {
    serve(host)
    expect(await billed(() => given.client().chat.completions.create({ model, messages }))).toEqual(usage)
    expect(given.tape.call).toMatchObject({ model: answeredBy, status: 'ok', usage })
  })

  test('a stream is billed, and its message is the one that the chunks add up to', async () => {
    serve(host)
    expect(await billed(() => streamOf(given.client(), model))).toEqual(streamUsage)
    expect(given.tape.call).toMatchObject({ model: answeredBy, status: 'ok', usage: streamUsage })
    expect(message().content).toBe(host.text)
  })

  test.each([[{}], [{ stream_options: { include_usage: true } }], [{ usage: { include: true } }]])(
    'the application sees of a stream what it sees without us, asked with %j',
    async more => {
      if (host.refusal && 'stream_options' in more) return
      serve(host)
      const client = given.client()
      const expected = await streamOf(given.raw(), model, more)
      // Twice: what was learned of the host the first time changes nothing.
      expect(await streamOf(client, model, more)).toEqual(expected)
      expect(await streamOf(client, model, more)).toEqual(expected)
    },
  )
})

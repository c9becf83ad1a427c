import { replayCalls } from '@runtape/testing'
import { collect, failure, stream, streamed, textChunks } from '@runtape/testing/openai'
import { traced } from '@runtape/trace'
import { expect, test } from 'vitest'
import { setUp } from './set-up.ts'

const given = setUp()
const { tape, client } = given

const chunk = (delta: string, rest: string) =>
  `{"id":"chatcmpl-9","object":"chat.completion.chunk","created":1,"model":"gpt-test","choices":[{"index":0,"delta":${delta},"finish_reason":null}]${rest}}`

const chunks = [
  chunk('{"role":"assistant","content":""}', ''),
  chunk('{"content":"Half "}', ''),
  chunk('{"content":"past "}', ',"alike":["not","alike"]'),
  chunk('{"content":"past "}', ',"alike":true,"values":[]'),
]
const texts = [': ping\n\n', `data:${chunk('{"content":"elévén"}', '')}\r\n\r\n`, 'data: [DONE]\n\n']

/** The format before event templates: a list with one entry per event. */
const older = `{"status":200,"headers":{"content-type":"text/event-stream"},"events":[${[
  ...chunks,
  ...texts.map(text => JSON.stringify(text)),
]}],"message":{"role":"assistant","content":"Half past past elévén","finish_reason":null},"usage":{"prompt_tokens":20,"completion_tokens":9,"total_tokens":29}}`

async function replay<T>(observe: () => Promise<T>) {
  given.fake.answer(stream(...textChunks('a')))
  await collect(await client().chat.completions.create(streamed))
  const recorded = tape.calls.map(span => ({ ...span, output: { json: older } }))
  tape.clear()
  given.fake.answer(failure(500, 'No request may come here.'))
  return replayCalls(recorded, traced('test.ask', observe))
}

test('a stream on an older tape is served with the same bytes, event by event', async () => {
  const { result, tape: replayed } = await replay(async () => {
    const { body } = await client().chat.completions.create(streamed).asResponse()
    const pieces: string[] = []
    for await (const piece of body ?? []) pieces.push(Buffer.from(piece).toString())
    return pieces
  })
  expect(result).toEqual([...chunks.map(json => `data: ${json}\n\n`), ...texts])
  const [call] = replayed.calls
  expect(call?.usage).toEqual({ input: 20, output: 9, total: 29 })
})

test('an answer from the tape can be read into a buffer of the application, like one of fetch', async () => {
  const { result } = await replay(async () => {
    const { body } = await client().chat.completions.create(streamed).asResponse()
    const reader = body?.getReader({ mode: 'byob' })
    const bytes: number[] = []
    for (let step = await reader?.read(new Uint8Array(7)); step && !step.done; ) {
      bytes.push(...step.value)
      step = await reader?.read(new Uint8Array(7))
    }
    return Buffer.from(bytes).toString()
  })
  expect(result).toBe([...chunks.map(json => `data: ${json}\n\n`), ...texts].join(''))
})

test('the SDK parses a stream on an older tape', async () => {
  const { result } = await replay(async () => collect(await client().chat.completions.create(streamed)))
  const { items } = result as { items: { choices: { delta: { content: string } }[] }[] }
  expect(items.map(({ choices }) => choices[0]?.delta.content)).toEqual([
    '',
    'Half ',
    'past ',
    'past ',
    'elévén',
  ])
})

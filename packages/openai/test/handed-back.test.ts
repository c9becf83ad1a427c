import { once } from 'node:events'
import { Readable } from 'node:stream'
import type { ReadableStream as NodeWebStream } from 'node:stream/web'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createOpenAI } from '@ai-sdk/openai'
import type { RunEvent } from '@runtape/core'
import { breakAfter, chunk, failure, stream, streamResponse, textChunks } from '@runtape/testing/openai'
import { createTracker, type Tracker } from '@runtape/tracker'
import { streamText } from 'ai'
import { describe, expect, test } from 'vitest'
import { tapFetch } from '../src/index.ts'
import { setUp } from './set-up.ts'

const given = setUp()
const tokens = { input: 20, output: 9, total: 29, cachedInput: 16, reasoning: 4 }

const ask = () =>
  streamText({
    model: createOpenAI({ apiKey: 'sk-test', baseURL: given.fake.url, fetch: tapFetch() }).chat('gpt-test'),
    prompt: 'Time?',
    maxRetries: 0,
    onError: () => {},
  })

interface Desk {
  readonly tracker: Tracker
  readonly warnings: string[]
  outcome(): unknown
  recorded(): string[]
}

function desk(): Desk {
  const warnings: string[] = []
  const events: RunEvent[] = []
  const logger = { warn: (message: string) => void warnings.push(message) }
  const sink = {
    append: (event: unknown) => void events.push(event as RunEvent),
    flush: async () => {},
    close: async () => {},
  }
  const tracker = createTracker({ sink, configKey: 'test', logger })
  const outcome = () => tracker.getSummary().outcome?.status
  return {
    tracker,
    warnings,
    outcome,
    recorded: () => events.map(({ metric }) => metric.replace(/:.*/, ':')),
  }
}

/** A way to return a model's stream and to read it. `read` returns the whole text. */
interface Form {
  readonly name: string
  readonly hand: () => unknown
  readonly read: (handed: never) => Promise<string>
  readonly cancel: (handed: never) => Promise<unknown>
}

async function joined(stream: AsyncIterable<unknown>): Promise<string> {
  let text = ''
  for await (const part of stream) text += typeof part === 'string' ? part : JSON.stringify(part)
  return text
}

async function leave(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream) break
}

async function byReader(stream: ReadableStream<string>): Promise<string> {
  const reader = stream.getReader()
  let text = ''
  for (let step = await reader.read(); !step.done; step = await reader.read()) text += step.value
  return text
}

async function cancelByReader(stream: ReadableStream): Promise<void> {
  const reader = stream.getReader()
  await reader.read()
  await reader.cancel('gone')
}

const webForms: readonly Form[] = [
  {
    name: 'textStream, looped over',
    hand: () => ask().textStream,
    read: (text: AsyncIterable<string>) => joined(text),
    cancel: (text: AsyncIterable<string>) => leave(text),
  },
  {
    name: 'textStream, by a reader',
    hand: () => ask().textStream,
    read: byReader,
    cancel: cancelByReader,
  },
  {
    name: 'a promise of textStream, piped',
    hand: async () => ask().textStream,
    read: async (text: ReadableStream<string>) => joined(text.pipeThrough(new TransformStream())),
    cancel: (text: ReadableStream<string>) => cancelByReader(text.pipeThrough(new TransformStream())),
  },
  {
    name: 'toTextStreamResponse()',
    hand: () => ask().toTextStreamResponse(),
    read: (response: Response) => response.text(),
    cancel: (response: Response) => response.body?.cancel('gone') ?? Promise.reject(),
  },
  {
    name: 'a promise of toTextStreamResponse(), cloned',
    hand: async () => ask().toTextStreamResponse(),
    read: async (response: Response) => {
      const [text] = await Promise.all([response.clone().text(), response.text()])
      return text
    },
    cancel: (response: Response) => cancelByReader(response.body as ReadableStream),
  },
  {
    name: 'toUIMessageStreamResponse()',
    hand: () => ask().toUIMessageStreamResponse({ generateMessageId: () => 'm' }),
    read: (response: Response) => response.text(),
    cancel: (response: Response) => cancelByReader(response.body as ReadableStream),
  },
  {
    name: 'a result, of which textStream is read later',
    hand: () => ask(),
    read: (result: ReturnType<typeof ask>) => joined(result.textStream),
    cancel: () => Promise.resolve('not seen'),
  },
  {
    name: 'a promise of a result, of which toTextStreamResponse() is read later',
    hand: async () => ask(),
    read: (result: ReturnType<typeof ask>) => result.toTextStreamResponse().text(),
    cancel: () => Promise.resolve('not seen'),
  },
  {
    name: 'a result, of which the text is awaited later',
    hand: () => ask(),
    read: async (result: ReturnType<typeof ask>) => result.text,
    cancel: () => Promise.resolve('not seen'),
  },
  {
    name: 'textStream among other things',
    hand: async () => ({ text: ask().textStream, status: 200 }),
    read: (handed: { text: AsyncIterable<string> }) => joined(handed.text),
    cancel: (handed: { text: AsyncIterable<string> }) => leave(handed.text),
  },
  {
    name: 'a Readable of textStream',
    hand: () => Readable.fromWeb(ask().textStream as unknown as NodeWebStream),
    read: (readable: Readable) => joined(readable),
    cancel: (readable: Readable) => leave(readable),
  },
  {
    name: 'an async generator over textStream',
    hand: async function* () {
      yield* ask().textStream
    },
    read: (text: AsyncIterable<string>) => joined(text),
    cancel: (text: AsyncIterable<string>) => leave(text),
  },
  {
    name: 'an async iterable that starts when it is read',
    hand: () => ({ [Symbol.asyncIterator]: () => ask().textStream[Symbol.asyncIterator]() }),
    read: (text: AsyncIterable<string>) => joined(text),
    cancel: (text: AsyncIterable<string>) => leave(text),
  },
  {
    name: 'a lazy ReadableStream, whose pull asks the model',
    hand: () => {
      let text: AsyncIterator<string> | undefined
      return new ReadableStream<string>(
        {
          pull: async controller => {
            text ??= ask().textStream[Symbol.asyncIterator]()
            const { done, value } = await text.next()
            if (done) controller.close()
            else controller.enqueue(value)
          },
          cancel: async () => void (await text?.return?.()),
        },
        { highWaterMark: 0 },
      )
    },
    read: byReader,
    cancel: cancelByReader,
  },
]

const fullStreamForm: Form = {
  name: 'fullStream',
  hand: () => ask().fullStream,
  read: async (parts: AsyncIterable<{ type: string; text?: string }>) => {
    let text = ''
    for await (const { type, text: delta = '' } of parts) if (type === 'text-delta') text += delta
    return text
  },
  cancel: (parts: AsyncIterable<unknown>) => leave(parts),
}

const forms = [...webForms, fullStreamForm]
const answers = [stream(...textChunks('Halb ', 'zwölf.')), streamResponse('Halb ', 'zwölf.')] as const
const handed = (form: Form, tracker: Tracker) => tracker.run(form.hand as () => never)

describe('a stream of the AI SDK returned from tracker.run', () => {
  test.each(forms)('is part of the run once it has been read: $name', async form => {
    given.fake.answer(answers[0])
    const bare = await form.read((await form.hand()) as never)
    const { tracker, outcome, warnings } = desk()
    const value = await handed(form, tracker)
    expect(outcome()).toBeUndefined()
    expect(await form.read(value)).toBe(bare)
    await expect.poll(outcome).toBe('success')
    const { tokens: used, timeToFirstTokenMs, durationMs } = tracker.getSummary()
    expect(used).toEqual(tokens)
    expect(durationMs).toBeGreaterThanOrEqual(timeToFirstTokenMs as number)
    expect(warnings).toEqual([])
  })

  test.each(forms)('fails the run when the model fails: $name', async form => {
    given.fake.answer(failure(500, 'overloaded'))
    const { tracker, outcome, recorded } = desk()
    await Promise.resolve(handed(form, tracker))
      .then(form.read)
      .catch(() => {})
    await expect.poll(outcome).toBe('error')
    expect(recorded()).toEqual(['call:', 'duration', 'outcome'])
  })

  test.each(forms)('fails the run when the answer breaks halfway: $name', async form => {
    given.fake.answer(
      breakAfter(`data: ${JSON.stringify(chunk({ role: 'assistant', content: 'Halb ' }))}\n\n`),
    )
    const { tracker, outcome } = desk()
    await Promise.resolve(handed(form, tracker))
      .then(form.read)
      .catch(() => {})
    await expect.poll(outcome).toBe('error')
  })
})

setFlagsFromString('--expose-gc')
const gc: () => void = runInNewContext('gc')

/** Responds as long as the connection is open. */
const endless: Parameters<typeof given.fake.answer>[0] = async response => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const event = `data: ${JSON.stringify(chunk({ content: 'x'.repeat(5000) }))}\n\n`
  while (!response.destroyed) {
    if (!response.write(event)) await Promise.race([once(response, 'drain'), once(response, 'close')])
    await new Promise(setImmediate)
  }
}

/** Waits for an outcome with forced garbage collection. */
async function collected({ outcome }: Desk): Promise<unknown> {
  for (let turn = 0; turn < 200 && outcome() === undefined; turn++) {
    await sleep(20)
    gc()
  }
  return outcome()
}

const named = (...names: string[]) => forms.filter(({ name }) => names.some(start => name.startsWith(start)))

/** Reads the beginning and drops the stream. */
async function readSome(handed: unknown): Promise<void> {
  const { body = handed } = handed as { body?: unknown }
  if (body instanceof ReadableStream) await body.getReader().read()
  else if (body instanceof Readable) await body[Symbol.asyncIterator]().next()
}

describe('an answer that never ends', () => {
  const left = named(
    'textStream, by',
    'a promise of toT',
    'toUI',
    'a Readable',
    'an async gen',
    'a lazy',
    'full',
  )
  test.each(left)('cancels the run when its reader leaves: $name', async form => {
    given.fake.answer(endless)
    const own = desk()
    await (async () => form.cancel(await handed(form, own.tracker)))()
    expect(await collected(own)).toBe('cancelled')
    expect(own.tracker.getSummary().tokens).toBeUndefined()
  })

  const dropped = named('textStream, by', 'toTextStreamR', 'a promise of a result', 'a Readable')
  test.each(dropped)('cancels the run when it is dropped: $name', async form => {
    given.fake.answer(endless)
    const own = desk()
    await (async () => readSome(await handed(form, own.tracker)))()
    expect(await collected(own)).toBe('cancelled')
  })
})

import { createServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import {
  ApplyGuardrailCommand,
  BedrockRuntimeClient,
  StartAsyncInvokeCommand,
} from '@aws-sdk/client-bedrock-runtime'
import { instrumentBedrock } from '@runtape/bedrock'
import { instrumentOpenAI } from '@runtape/openai'
import { createRecorder } from '@runtape/recorder'
import { type MockStrategy, replay } from '@runtape/replay'
import { sqliteStore } from '@runtape/store-sqlite'
import { createTracer } from '@runtape/trace'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const asked: string[] = []
const completion = { id: 'c', object: 'chat.completion', choices: [{ message: { content: 'hi' } }] }
const host = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`)
  request.resume().on('end', () => {
    const isSpeech = request.url?.endsWith('/speech')
    response.setHeader('content-type', isSpeech ? 'audio/mpeg' : 'application/json')
    response.end(isSpeech ? 'sound' : JSON.stringify({ data: [], ...completion }))
  })
})
let openai: OpenAI
beforeAll(async () => {
  await new Promise<void>(resolve => host.listen(0, resolve))
  const baseURL = `http://127.0.0.1:${(host.address() as AddressInfo).port}/v1`
  openai = instrumentOpenAI(new OpenAI({ apiKey: 'sk-test', baseURL, maxRetries: 0 }))
})
afterAll(() => host.close())

/** Records a program that sends requests to the host, and returns a function that replays it. */
async function recorded(ask: () => unknown) {
  const store = sqliteStore(':memory:')
  const logger = { warn: () => {} }
  const recorder = createRecorder({ store, logger })
  let how = ask
  const fn = createTracer({ sink: recorder, logger }).traced('fn', async () => how())
  await fn()
  await recorder.flush()
  asked.length = 0
  return async (mock: MockStrategy, change = ask, onMiss: 'error' | 'run' = 'error') => {
    how = change
    const { items, summary } = await replay(fn, { store, mock, onMiss, logger })
    return { item: items[0], summary }
  }
}

const file = () => new File(['{}'], 'batch.jsonl')
const unrecorded: [string, () => unknown][] = [
  ['POST /v1/files', () => openai.files.create({ file: file(), purpose: 'batch' })],
  ['DELETE /v1/files/file-1', () => openai.files.delete('file-1')],
  ['GET /v1/models', () => openai.models.list()],
  [
    'POST /v1/batches',
    () =>
      openai.batches.create({
        input_file_id: 'file-1',
        endpoint: '/v1/chat/completions',
        completion_window: '24h',
      }),
  ],
]

describe.each(unrecorded)('the unrecorded request %s of an instrumented client', (name, ask) => {
  test('is not sent under `all`, and is a miss even if the code catches the error', async () => {
    const replayed = await recorded(async () => void (await Promise.resolve(ask()).catch(() => {})))
    const { item, summary } = await replayed('all')
    expect(asked).toEqual([])
    expect(item?.mocks.missed).toMatchObject([{ key: 'openai.request', name }])
    expect(summary).toMatchObject({ failed: 1, pass: false })
  })

  test.each([
    ['marked', 'error'],
    ['none', 'error'],
    ['all', 'run'],
  ] as const)('is sent under %s with onMiss %s', async (mock, onMiss) => {
    const replayed = await recorded(async () => void (await ask()))
    await replayed(mock, undefined, onMiss)
    expect(asked).toEqual([name])
  })
})

describe.each([
  [
    'ApplyGuardrailCommand',
    (bedrock: BedrockRuntimeClient) =>
      bedrock.send(
        new ApplyGuardrailCommand({
          guardrailIdentifier: 'g',
          guardrailVersion: '1',
          source: 'INPUT',
          content: [{ text: { text: 'hi' } }],
        }),
      ),
  ],
  [
    'StartAsyncInvokeCommand',
    (bedrock: BedrockRuntimeClient) =>
      bedrock.send(
        new StartAsyncInvokeCommand({
          modelId: 'm',
          modelInput: {},
          outputDataConfig: { s3OutputDataConfig: { s3Uri: 's3://letters' } },
        }),
      ),
  ],
])('the unrecorded request %s of an instrumented client', (name, ask) => {
  // The AWS SDK speaks HTTP/2 to it.
  const aws = createHttp2Server((request, response) => {
    asked.push(request.url)
    request.resume().on('end', () => response.end('{}'))
  })
  beforeAll(() => new Promise<void>(resolve => void aws.listen(0, resolve)))
  afterAll(() => void aws.close())
  const bedrock = () =>
    instrumentBedrock(
      new BedrockRuntimeClient({
        region: 'eu-central-1',
        endpoint: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
        credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
        maxAttempts: 1,
      }),
    )

  test('is not sent under `all`, and is a miss even if the code catches the error', async () => {
    const client = bedrock()
    const replayed = await recorded(async () => void (await ask(client).catch(() => {})))
    const { item, summary } = await replayed('all')
    expect(asked).toEqual([])
    expect(item?.mocks.missed).toMatchObject([{ key: 'bedrock.request', name }])
    expect(summary).toMatchObject({ failed: 1, pass: false })
  })

  test('is sent under marked', async () => {
    const client = bedrock()
    const replayed = await recorded(async () => void (await ask(client).catch(() => {})))
    await replayed('marked')
    expect(asked).toHaveLength(1)
  })
})

describe('a recorded answer that cannot be served is a miss even if the code catches the error', () => {
  const question = { model: 'm', messages: [{ role: 'user' as const, content: 'hi' }] }
  const caught = async (asking: PromiseLike<unknown>) => {
    await Promise.resolve(asking).catch(() => {})
    return 'went on'
  }
  const whole = () => caught(openai.chat.completions.create(question))
  const streamed = () => caught(openai.chat.completions.create({ ...question, stream: true }))
  const speech = () => caught(openai.audio.speech.create({ model: 'm', voice: 'alloy', input: 'hi' }))

  test.each([
    ['speech, recorded by size only', speech, speech],
    ['a whole answer, requested as a stream', whole, streamed],
  ])('%s', async (_what, before, change) => {
    const replayed = await recorded(before)
    const { item, summary } = await replayed('all', change)
    expect(asked).toEqual([])
    expect(item?.mocks.missed).toHaveLength(1)
    expect(summary).toMatchObject({ failed: 1, pass: false })
  })
})

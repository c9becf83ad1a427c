import {
  ApplyGuardrailCommand,
  type BedrockRuntimeClient,
  type BedrockRuntimeServiceException,
  ConverseCommand,
  ConverseStreamCommand,
  type ConverseStreamOutput,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  ListAsyncInvokesCommand,
  paginateListAsyncInvokes,
} from '@aws-sdk/client-bedrock-runtime'
import {
  breakAfter,
  cacheHeaders,
  chunk,
  converseAnswer,
  cut,
  event,
  exception,
  failure,
  hang,
  inPackets,
  inTurn,
  invocationMetrics,
  invokeHeaders,
  json,
  type Reply,
  reset,
  send,
  stream,
  textEvents,
} from './fake-bedrock.ts'

/** What an application does with the SDK, and what it sees of it. */
export interface Behaviour {
  readonly title: string
  readonly reply: Reply
  see(client: BedrockRuntimeClient): Promise<unknown>
}

export const question = {
  modelId: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
  messages: [{ role: 'user' as const, content: [{ text: 'Wie spät ist es?' }] }],
}

export const body = { anthropic_version: 'bedrock-2023-05-31', max_tokens: 100, messages: [] }
export const invocation = {
  modelId: question.modelId,
  contentType: 'application/json',
  body: JSON.stringify(body),
}

/** What an application can tell of an error. */
export function errorSeen(error: unknown): unknown {
  const { name, constructor, message, $fault, $metadata, $response } = error as BedrockRuntimeServiceException
  const { code, cause } = error as NodeJS.ErrnoException
  const status = $response?.statusCode
  const because = cause instanceof Error ? `${cause.name}: ${cause.message}` : cause
  return {
    class: constructor.name,
    name,
    message,
    code,
    $fault,
    metadata: steady($metadata),
    status,
    because,
  }
}

// The wait between attempts is drawn anew each time; what else is told of them must be the same.
const steady = (metadata: object | undefined) =>
  metadata && { ...metadata, ...('totalRetryDelay' in metadata && { totalRetryDelay: 'told' }) }

export async function outcome(promise: Promise<object>): Promise<unknown> {
  try {
    const value = await promise
    return {
      value: { ...value, ...('$metadata' in value && { $metadata: steady(value.$metadata as object) }) },
    }
  } catch (error) {
    return { error: errorSeen(error) }
  }
}

export async function collect<T>(
  items: AsyncIterable<T> | undefined,
): Promise<{ items: T[]; error?: unknown }> {
  const seen: T[] = []
  try {
    for await (const item of items ?? []) seen.push(item)
  } catch (error) {
    return { items: seen, error: errorSeen(error) }
  }
  return { items: seen }
}

export const converse = (client: BedrockRuntimeClient) => outcome(client.send(new ConverseCommand(question)))

export async function converseStream(client: BedrockRuntimeClient): Promise<unknown> {
  try {
    const { stream, $metadata } = await client.send(new ConverseStreamCommand(question))
    return { ...(await collect(stream)), $metadata: steady($metadata) }
  } catch (error) {
    return { error: errorSeen(error) }
  }
}

export async function invoke(client: BedrockRuntimeClient): Promise<unknown> {
  try {
    const { body, $metadata, ...rest } = await client.send(new InvokeModelCommand(invocation))
    return { text: body.transformToString(), bytes: body.byteLength, ...rest, $metadata: steady($metadata) }
  } catch (error) {
    return { error: errorSeen(error) }
  }
}

export async function invokeStream(client: BedrockRuntimeClient): Promise<unknown> {
  try {
    const { body, ...rest } = await client.send(new InvokeModelWithResponseStreamCommand(invocation))
    const { items, error } = await collect(body)
    const texts = items.map(item => (item.chunk?.bytes ? Buffer.from(item.chunk.bytes).toString() : item))
    return { texts, error, ...rest, $metadata: steady(rest.$metadata) }
  } catch (error) {
    return { error: errorSeen(error) }
  }
}

const toolUse = { toolUse: { toolUseId: 'tool-1', name: 'weather', input: { city: 'Bern', days: 2 } } }
const tools = [{ toolSpec: { name: 'weather', inputSchema: { json: { type: 'object' } } } }]

export const toolEvents: Uint8Array[] = [
  event('messageStart', { role: 'assistant' }),
  event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Let me look.' } }),
  event('contentBlockStop', { contentBlockIndex: 0 }),
  event('contentBlockStart', {
    contentBlockIndex: 1,
    start: { toolUse: { name: 'weather', toolUseId: 'tool-1' } },
  }),
  event('contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '{"city":' } } }),
  event('contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '"Bern"}' } } }),
  event('contentBlockStop', { contentBlockIndex: 1 }),
  event('messageStop', { stopReason: 'tool_use' }),
  event('metadata', {
    usage: { inputTokens: 20, outputTokens: 9, totalTokens: 29 },
    metrics: { latencyMs: 5 },
  }),
]

export const anthropicChunks: Uint8Array[] = [
  chunk({
    type: 'message_start',
    message: { role: 'assistant', usage: { input_tokens: 20, output_tokens: 1 } },
  }),
  chunk({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
  chunk({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Halb ' } }),
  chunk({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'zwölf.' } }),
  chunk({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } }),
  chunk({ type: 'message_stop', 'amazon-bedrock-invocationMetrics': invocationMetrics }),
]

const asking: Behaviour[] = [
  { title: 'Converse', reply: json(converseAnswer('Halb zwölf.')), see: converse },
  {
    title: 'Converse with a callback',
    reply: json(converseAnswer('ok')),
    see: client =>
      new Promise(resolve => {
        client.send(new ConverseCommand(question), (error, data) => resolve(error ?? data?.output))
      }),
  },
  {
    title: 'tool use, reasoning and guardrail traces',
    reply: json(
      converseAnswer(
        [
          { reasoningContent: { reasoningText: { text: 'hm', signature: 'c2ln' } } },
          { text: 'Look.' },
          toolUse,
        ],
        { stopReason: 'tool_use', trace: { guardrail: { modelOutput: ['x'], actionReason: 'No action.' } } },
      ),
    ),
    see: client =>
      outcome(
        client.send(
          new ConverseCommand({
            ...question,
            toolConfig: { tools },
            guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1', trace: 'enabled' },
          }),
        ),
      ),
  },
  {
    title: 'image input',
    reply: json(converseAnswer('A dot.')),
    see: client => {
      const image = { format: 'png' as const, source: { bytes: new Uint8Array([137, 80, 78, 71]) } }
      return outcome(
        client.send(new ConverseCommand({ ...question, messages: [{ role: 'user', content: [{ image }] }] })),
      )
    },
  },
  {
    title: 'InvokeModel of Anthropic',
    reply: json(
      {
        type: 'message',
        content: [{ type: 'text', text: 'ok' }],
        stop_reason: 'end_turn',
        usage: { input_tokens: 20 },
      },
      200,
      { ...invokeHeaders, ...cacheHeaders, 'x-amzn-bedrock-performanceconfig-latency': 'standard' },
    ),
    see: invoke,
  },
  {
    title: 'InvokeModel of a model whose answer is no text',
    reply: response => {
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'x-amzn-requestid': 'req-1' })
      response.end(Buffer.from([0, 255, 254, 1]))
    },
    see: invoke,
  },
  {
    title: 'an answer that is not JSON, or is cut, or empty, or has no content type',
    reply: inTurn(
      response => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Proxy</h1>'),
      response => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"cut'),
      response => void response.writeHead(200, { 'content-type': 'application/json' }).end(),
      response => void response.writeHead(200).end(JSON.stringify(converseAnswer('ok'))),
      response => void response.writeHead(204).end(),
    ),
    see: async client => {
      const seen: unknown[] = []
      for (let times = 0; times < 5; times++) seen.push(await converse(client))
      return seen
    },
  },
]

const streaming: Behaviour[] = [
  { title: 'ConverseStream', reply: stream(...textEvents('Halb ', 'zwölf', '.')), see: converseStream },
  { title: 'ConverseStream with tool use', reply: stream(...toolEvents), see: converseStream },
  {
    title: 'ConverseStream with reasoning and a guardrail trace',
    reply: stream(
      event('messageStart', { role: 'assistant' }),
      event('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'hm' } } }),
      event('contentBlockDelta', {
        contentBlockIndex: 0,
        delta: { reasoningContent: { signature: 'c2ln' } },
      }),
      event('messageStop', { stopReason: 'guardrail_intervened' }),
      event('metadata', { usage: {}, metrics: {}, trace: { guardrail: { actionReason: 'blocked' } } }),
    ),
    see: converseStream,
  },
  { title: 'InvokeModelWithResponseStream', reply: stream(...anthropicChunks), see: invokeStream },
  {
    title: 'InvokeModelWithResponseStream with chunks that nobody expects',
    reply: stream(
      chunk('not json'),
      chunk('null'),
      chunk('7'),
      chunk({ delta: 'x', usage: 'y', results: {} }),
    ),
    see: invokeStream,
  },
  {
    title: 'frames in packets of 7 bytes',
    reply: inPackets(7, ...textEvents('zwölf €')),
    see: converseStream,
  },
  { title: 'all frames in one packet', reply: inPackets(1e6, ...textEvents('a', 'b')), see: converseStream },
  {
    title: 'a frame of half a megabyte',
    reply: inPackets(60_000, ...textEvents('x'.repeat(500_000), 'end')),
    see: converseStream,
  },
  { title: 'a stream without an event', reply: stream(), see: converseStream },
  {
    title: 'an event that is not known',
    reply: stream(event('somethingNew', { a: 1 }), ...textEvents('a')),
    see: converseStream,
  },
  {
    title: 'an early break',
    reply: hang(...textEvents('a', 'b').slice(0, 3)),
    see: async client => {
      const seen: ConverseStreamOutput[] = []
      const { stream } = await client.send(new ConverseStreamCommand(question))
      for await (const item of stream ?? []) {
        seen.push(item)
        if (item.contentBlockDelta) break
      }
      return seen
    },
  },
  {
    title: 'an abort in the middle of a stream',
    reply: hang(...textEvents('a', 'b').slice(0, 3)),
    see: async client => {
      const controller = new AbortController()
      const command = new ConverseStreamCommand(question)
      const { stream } = await client.send(command, { abortSignal: controller.signal })
      const seen: unknown[] = []
      try {
        for await (const item of stream ?? []) {
          seen.push(item)
          if (item.contentBlockDelta?.delta?.text === 'b') controller.abort()
        }
      } catch (error) {
        seen.push(errorSeen(error))
      }
      return seen
    },
  },
]

const failing: Behaviour[] = [
  ...(
    [
      [400, 'ValidationException'],
      [403, 'AccessDeniedException'],
      [404, 'ResourceNotFoundException'],
      [408, 'ModelTimeoutException'],
      [418, 'SomethingNewException'],
      [424, 'ModelErrorException'],
      [429, 'ThrottlingException'],
      [429, 'ModelNotReadyException'],
      [500, 'InternalServerException'],
      [503, 'ServiceUnavailableException'],
    ] as const
  ).map(([status, type]) => ({
    title: `${type}, with the retries that it calls for`,
    reply: failure(status, type, 'no'),
    see: async (client: BedrockRuntimeClient) => [
      await converse(client),
      await converseStream(client),
      await invoke(client),
    ],
  })),
  {
    title: 'ThrottlingException twice, and then an answer',
    reply: inTurn(
      failure(429, 'ThrottlingException', 'one'),
      failure(429, 'ThrottlingException', 'two'),
      json(converseAnswer('ok')),
    ),
    see: converse,
  },
  {
    title: 'ThrottlingException, and then a stream',
    reply: inTurn(failure(429, 'ThrottlingException', 'one'), stream(...textEvents('ok'))),
    see: converseStream,
  },
  {
    title: 'an error that is not JSON',
    reply: response => void response.writeHead(502).end('<h1>Bad gateway</h1>'),
    see: converse,
  },
  ...(
    ['modelStreamErrorException', 'throttlingException', 'validationException', 'unknownException'] as const
  ).flatMap(type => [
    {
      title: `${type} in the middle of a stream`,
      reply: stream(...textEvents('a').slice(0, 2), exception(type, 'overloaded')),
      see: converseStream,
    },
    { title: `${type} at the start of a stream`, reply: stream(exception(type, 'no')), see: converseStream },
  ]),
  {
    title: 'modelStreamErrorException in the middle of a stream of InvokeModel',
    reply: stream(...anthropicChunks.slice(0, 3), exception('modelStreamErrorException', 'overloaded')),
    see: invokeStream,
  },
  { title: 'a connection that breaks before the answer', reply: reset, see: converse },
  { title: 'a connection that breaks once', reply: inTurn(reset, json(converseAnswer('ok'))), see: converse },
  {
    title: 'a connection that breaks in the middle of a stream',
    reply: breakAfter(...textEvents('a').slice(0, 2)),
    see: converseStream,
  },
  {
    title: 'a stream that ends in the middle of a frame',
    reply: response => send(response, [Buffer.concat(textEvents('a')).subarray(0, 250)]),
    see: converseStream,
  },
  {
    title: 'a frame whose checksum is wrong',
    reply: response => {
      const bytes = Buffer.concat(textEvents('a'))
      bytes[120] = (bytes[120] ?? 0) ^ 1
      return send(response, [bytes])
    },
    see: converseStream,
  },
  {
    title: 'HTML in the place of a stream',
    reply: response => send(response, ['<html>', 'busy</html>'], { 'content-type': 'text/html' }),
    see: converseStream,
  },
  {
    title: 'a connection that breaks in the middle of an answer',
    reply: response => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '999' })
      response.write('{"output":')
      setTimeout(() => cut(response), 5)
    },
    see: converse,
  },
  {
    title: 'an abort before the answer',
    reply: () => {},
    see: client => {
      const controller = new AbortController()
      setTimeout(() => controller.abort(), 100)
      return outcome(client.send(new ConverseCommand(question), { abortSignal: controller.signal }))
    },
  },
  {
    title: 'a command that cannot be sent',
    reply: json(converseAnswer('ok')),
    see: client => outcome(client.send(new ConverseCommand({ ...question, modelId: undefined }))),
  },
]

const others: Behaviour[] = [
  {
    title: 'other commands',
    reply: json({ usage: {}, action: 'NONE', outputs: [], assessments: [], asyncInvokeSummaries: [] }),
    see: async client => [
      await outcome(
        client.send(
          new ApplyGuardrailCommand({
            guardrailIdentifier: 'g',
            guardrailVersion: '1',
            source: 'INPUT',
            content: [{ text: { text: 'x' } }],
          }),
        ),
      ),
      await outcome(client.send(new ListAsyncInvokesCommand({}))),
    ],
  },
  {
    title: 'a paginator',
    reply: (response, seen, index) =>
      json({ asyncInvokeSummaries: [], ...(index < 2 && { nextToken: `page ${index}` }) })(
        response,
        seen,
        index,
      ),
    see: async client =>
      (await collect(paginateListAsyncInvokes({ client }, {}))).items.map(page => page.nextToken),
  },
]

export const behaviours: readonly Behaviour[] = [...asking, ...streaming, ...failing, ...others]

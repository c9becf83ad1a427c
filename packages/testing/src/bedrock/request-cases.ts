import { inTurn } from '../host/replies.ts'
import { outcome, question } from './observations.ts'
import { type Behaviour, converse, invoke } from './observe.ts'
import { cacheHeaders, converseAnswer, invokeHeaders, json } from './replies.ts'

const toolUse = { toolUse: { toolUseId: 'tool-1', name: 'weather', input: { city: 'Bern', days: 2 } } }
const tools = [{ toolSpec: { name: 'weather', inputSchema: { json: { type: 'object' } } } }]

export const requestCases: readonly Behaviour[] = [
  { title: 'Converse', reply: json(converseAnswer('Halb zwölf.')), observe: converse },
  {
    title: 'Converse with a callback',
    reply: json(converseAnswer('ok')),
    observe: (client, sdk) =>
      new Promise(resolve => {
        client.send(new sdk.ConverseCommand(question), (error, data) => resolve(error ?? data?.output))
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
    observe: (client, sdk) =>
      outcome(
        client.send(
          new sdk.ConverseCommand({
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
    observe: (client, sdk) => {
      const image = { format: 'png' as const, source: { bytes: new Uint8Array([137, 80, 78, 71]) } }
      return outcome(
        client.send(
          new sdk.ConverseCommand({ ...question, messages: [{ role: 'user', content: [{ image }] }] }),
        ),
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
    observe: invoke,
  },
  {
    title: 'InvokeModel of Nova, Llama, Titan and an unknown vendor',
    reply: inTurn(
      json(
        { output: { message: { content: [{ text: 'ok' }] } }, stopReason: 'end_turn' },
        200,
        invokeHeaders,
      ),
      json({ generation: 'ok', prompt_token_count: 20, generation_token_count: 9 }, 200, invokeHeaders),
      json({ inputTextTokenCount: 20, results: [{ outputText: 'ok', tokenCount: 9 }] }, 200, invokeHeaders),
      json({ answer: ['ok'] }),
    ),
    observe: async (client, sdk) => {
      const seen: unknown[] = []
      for (let times = 0; times < 4; times++) seen.push(await invoke(client, sdk))
      return seen
    },
  },
  {
    title: 'InvokeModel stopped by a guardrail',
    reply: json({ 'amazon-bedrock-guardrailAction': 'INTERVENED', outputs: [] }, 200, invokeHeaders),
    observe: invoke,
  },
  {
    title: 'InvokeModel of a model with a non-text answer',
    reply: response => {
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'x-amzn-requestid': 'req-1' })
      response.end(Buffer.from([0, 255, 254, 1]))
    },
    observe: invoke,
  },
  {
    title: 'an answer that is not JSON, truncated, empty, or without a content type',
    reply: inTurn(
      response => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Proxy</h1>'),
      response => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"cut'),
      response => void response.writeHead(200, { 'content-type': 'application/json' }).end(),
      response => void response.writeHead(200).end(JSON.stringify(converseAnswer('ok'))),
      response => void response.writeHead(204).end(),
    ),
    observe: async (client, sdk) => {
      const seen: unknown[] = []
      for (let times = 0; times < 5; times++) seen.push(await converse(client, sdk))
      return seen
    },
  },
]

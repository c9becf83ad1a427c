import type { ResponseFormatJSONSchema } from 'openai/resources/shared'
import { inTurn } from '../host/replies.ts'
import { outcome, question } from './observations.ts'
import { answerOf, type Behaviour, pathOf } from './observe.ts'
import { completion, json, toolCall } from './replies.ts'

const weather = { city: 'Bern' }
const tools = [{ type: 'function' as const, function: { name: 'weather', parameters: {} } }]
export const requestCases: readonly Behaviour[] = [
  { title: 'create', reply: json(completion('Halb zwölf.')), observe: answerOf },
  {
    title: 'the request id on the answer',
    reply: json(completion('ok')),
    observe: async client => (await client.chat.completions.create(question))._request_id,
  },
  {
    title: 'withResponse',
    reply: json(completion('ok'), 200, { 'openai-processing-ms': '12' }),
    observe: async client => {
      const { data, response, request_id } = await client.chat.completions.create(question).withResponse()
      const { status, statusText, ok, redirected, type, bodyUsed, headers } = response
      const { date, ...rest } = Object.fromEntries(headers)
      return {
        data,
        status,
        statusText,
        ok,
        redirected,
        type,
        bodyUsed,
        rest,
        request_id,
        path: pathOf(response),
      }
    },
  },
  {
    title: 'asResponse and its body as text, as bytes and as a clone',
    reply: json(completion('ok')),
    observe: async client => {
      const ask = () => client.chat.completions.create(question).asResponse()
      const clone = (await ask()).clone()
      return [
        await (await ask()).text(),
        await (await ask()).json(),
        (await (await ask()).arrayBuffer()).byteLength,
        await clone.text(),
        pathOf(clone),
        (await ask()) instanceof Response,
      ]
    },
  },
  {
    title: 'parse with a zod schema',
    needs: 'timeFormat',
    reply: json(completion('{"hour":11,"minute":30}')),
    observe: async (client, { timeFormat }) => {
      const response_format = timeFormat?.() as ResponseFormatJSONSchema
      const answer = await client.chat.completions.parse({ ...question, response_format })
      return answer.choices[0]?.message.parsed
    },
  },
  {
    title: 'the promise of an answer: its class and its methods',
    reply: json(completion('ok')),
    observe: async client => {
      const promise = client.chat.completions.create(question)
      const ways = [promise.then, promise.catch, promise.finally, promise.withResponse, promise.asResponse]
      const settled: unknown[] = []
      const { choices } = await promise.finally(() => settled.push('settled'))
      return [promise instanceof Promise, ways.map(way => typeof way), choices, settled]
    },
  },
  {
    title: 'runTools',
    reply: inTurn(
      json(completion(null, { tool_calls: [toolCall('call_1', 'weather', weather)] })),
      json(completion('Sunny.')),
    ),
    observe: async client => {
      const asked: unknown[] = []
      const runner = client.chat.completions.runTools({
        ...question,
        tools: [
          {
            type: 'function',
            function: {
              name: 'weather',
              description: '',
              parameters: {},
              parse: JSON.parse,
              function: (args: object) => {
                asked.push(args)
                return 'sunny'
              },
            },
          },
        ],
      })
      return { content: await runner.finalContent(), usage: await runner.totalUsage(), asked }
    },
  },
  {
    title: 'several choices, tool calls in parallel, log probabilities and image input',
    reply: json({
      ...completion(null),
      choices: [0, 1].map(index => ({
        index,
        message: {
          role: 'assistant',
          content: `choice ${index}`,
          refusal: null,
          tool_calls: [
            toolCall(`call_${index}_1`, 'weather', weather),
            toolCall(`call_${index}_2`, 'weather', {}),
          ],
        },
        logprobs: {
          content: [{ token: 'choice', logprob: -0.1, bytes: null, top_logprobs: [] }],
          refusal: null,
        },
        finish_reason: 'stop',
      })),
    }),
    observe: client => {
      const image = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }
      return outcome(
        client.chat.completions.create({
          ...question,
          messages: [{ role: 'user', content: [image] }],
          tools,
          n: 2,
          logprobs: true,
        }),
      )
    },
  },
  {
    title: 'an answer that is not JSON, empty, or without a content type',
    reply: inTurn(
      response => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Proxy</h1>'),
      response => void response.writeHead(200, { 'content-type': 'application/json' }).end(),
      response => void response.writeHead(200).end(JSON.stringify(completion('ok'))),
      response => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"cut'),
      response => void response.writeHead(204).end(),
    ),
    observe: async client => {
      const seen: unknown[] = []
      for (let times = 0; times < 5; times++) seen.push(await answerOf(client))
      return seen
    },
  },
]

import { collect, refusing } from './observations.ts'
import { answerOf, type Behaviour } from './observe.ts'
import { completion, failure, json, stream, textChunks } from './replies.ts'

export const otherCases: readonly Behaviour[] = [
  {
    title: 'endpoints that call no model: files, batches, lists',
    reply: (response, { path, method }, index) =>
      json({ object: 'list', data: [], path: path + method })(response, {} as never, index),
    observe: async client => [
      (await client.models.list()).data,
      await client.chat.completions.retrieve('chatcmpl-1'),
      await client.files.create({ purpose: 'batch', file: new File(['{}'], 'batch.jsonl') }),
      await client.batches.create({
        input_file_id: 'file-1',
        endpoint: '/v1/responses',
        completion_window: '24h',
      }),
      await client.responses.cancel('resp_1'),
    ],
  },
  {
    title: 'the client: its class, its options, and a client derived from it',
    reply: json(completion('ok')),
    observe: async (client, { OpenAI }) => {
      const { baseURL, maxRetries, timeout } = client
      const derived = client.withOptions({ timeout: 4000, maxRetries: 0 })
      const seen = [derived instanceof OpenAI, derived.timeout, derived.maxRetries, await answerOf(derived)]
      return { isOne: client instanceof OpenAI, baseURL, maxRetries, timeout, derived: seen }
    },
  },
  {
    title: 'an endpoint with a query, as on Azure',
    reply: (response, seen, index) => json(completion(seen.path))(response, seen, index),
    observe: client => {
      const azure = client.withOptions({
        baseURL: `${client.baseURL}/openai/deployments/gpt`,
        defaultQuery: { 'api-version': '2026-01-01' },
      })
      return answerOf(azure)
    },
  },
  {
    title: 'a host that refuses the usage option',
    reply: (response, seen, index) => {
      if (seen.body.stream_options)
        return failure(400, 'Unrecognized request argument supplied: stream_options')(response, seen, index)
      return stream(...textChunks('a'))(response, seen, index)
    },
    observe: async client => collect(await client.chat.completions.create(refusing)),
  },
]

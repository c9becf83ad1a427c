import type OpenAI from 'openai'
import type { Reply } from '../host/fake-host.ts'
import { inTurn } from '../host/replies.ts'
import { collect, outcome } from './observations.ts'
import type { Behaviour } from './observe.ts'
import { breakAfter, failure, hang, json, send } from './replies.ts'
import { response, responseEvents, sendEvents, streamResponse } from './response-replies.ts'

const model = 'gpt-test'
const input = 'Wie spät ist es?'
const vector = { object: 'embedding', index: 0, embedding: [0.25, -0.5, 0] }
const embedded = { object: 'list', model, data: [vector], usage: { prompt_tokens: 5, total_tokens: 5 } }
const audioFile = () => new File(['RIFF'], 'speech.wav', { type: 'audio/wav' })
const speech = new Uint8Array([0xff, 0xf3, 0, 1, 2, 0xfe])
const imageUsage = { input_tokens: 7, output_tokens: 90, total_tokens: 97 }

const text =
  (body: string): Reply =>
  reply =>
    void reply.writeHead(200, { 'content-type': 'text/plain' }).end(body)

const readResponse = async (client: OpenAI) =>
  collect(await client.responses.create({ model, input, stream: true }))

export const endpointCases: readonly Behaviour[] = [
  {
    title: 'a complete response with its text and request id',
    reply: json(response('Halb zwölf.')),
    observe: async client => {
      const { output_text, usage, _request_id } = await client.responses.create({ model, input })
      return { output_text, usage, _request_id }
    },
  },
  {
    title: 'a failed response, and an incomplete one',
    reply: inTurn(
      json(response('', { status: 'failed', error: { code: 'server_error', message: 'no' }, usage: null })),
      json(response('Halb', { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } })),
    ),
    observe: async client => [
      await client.responses.create({ model, input }),
      await client.responses.create({ model, input }),
    ],
  },
  { title: 'a streamed response', reply: streamResponse('Halb ', 'zwölf.'), observe: readResponse },
  {
    title: 'the response helper with its events and its final response',
    reply: streamResponse('Halb ', 'zwölf.'),
    observe: async client => {
      const deltas: string[] = []
      const helper = client.responses.stream({ model, input })
      helper.on('response.output_text.delta', ({ delta }) => deltas.push(delta))
      const { output_text, status } = await helper.finalResponse()
      return { deltas, output_text, status }
    },
  },
  {
    title: 'an early break from a streamed response',
    reply: hang(...responseEvents(['a', 'b', 'c']).slice(0, 6)),
    observe: async client => {
      const stream = await client.responses.create({ model, input, stream: true })
      for await (const event of stream) if (event.type === 'response.output_text.delta') break
      return stream.controller.signal.aborted
    },
  },
  {
    title: 'a streamed response that breaks off, one that fails, and one with an error event',
    reply: inTurn(
      breakAfter(...responseEvents(['a', 'b']).slice(0, 6)),
      reply => send(reply, responseEvents(['a'], { status: 'failed', error: { code: 'x', message: 'no' } })),
      sendEvents({ type: 'error', code: 'rate_limit', message: 'slow down' }),
    ),
    observe: async client => [
      await readResponse(client),
      await readResponse(client),
      await readResponse(client),
    ],
  },
  {
    title: 'a response that is refused',
    reply: failure(400, 'no'),
    observe: async client => [
      await outcome(client.responses.create({ model, input })),
      await outcome(client.responses.create({ model, input, stream: true })),
    ],
  },
  {
    title: 'embeddings, as numbers and as the SDK decodes them',
    reply: (reply, seen, index) => {
      const embedding = Buffer.from(new Float32Array(vector.embedding).buffer).toString('base64')
      const data = seen.body.encoding_format === 'base64' ? [{ ...vector, embedding }] : [vector]
      return json({ ...embedded, data })(reply, seen, index)
    },
    observe: async client => [
      await client.embeddings.create({ model, input, encoding_format: 'float' }),
      await client.embeddings.create({ model, input }),
    ],
  },
  {
    title: 'a text completion, whole and streamed',
    reply: (reply, seen, index) => {
      const frame = { id: 'cmpl-1', object: 'text_completion', created: 1, model }
      const part = (piece: string, finish_reason: string | null) => ({
        ...frame,
        choices: [{ index: 0, text: piece, logprobs: null, finish_reason }],
      })
      if (!seen.body.stream)
        return json({ ...part('Halb', 'stop'), usage: embedded.usage })(reply, seen, index)
      const usage = { ...frame, choices: [], usage: embedded.usage }
      const asked = seen.body.stream_options?.include_usage === true
      const chunks = [part('Halb', null), part(' zwölf', 'stop'), ...(asked ? [usage] : [])]
      return send(
        reply,
        [...chunks.map(one => JSON.stringify(one)), '[DONE]'].map(one => `data: ${one}\n\n`),
      )
    },
    observe: async client => [
      await client.completions.create({ model, prompt: input }),
      await collect(await client.completions.create({ model, prompt: input, stream: true })),
    ],
  },
  {
    title: 'moderations',
    reply: json({ id: 'modr-1', model, results: [{ flagged: false, categories: {} }] }),
    observe: async client => client.moderations.create({ input }),
  },
  {
    title: 'images: created, edited and streamed',
    reply: (reply, seen, index) => {
      if (seen.body.stream !== true)
        return json({ created: 1, data: [{ b64_json: 'iVBORw0KGgo=' }], usage: imageUsage })(
          reply,
          seen,
          index,
        )
      const event = { b64_json: 'iVBORw0KGgo=', created_at: 1 }
      return sendEvents(
        { type: 'image_generation.partial_image', ...event },
        { type: 'image_generation.completed', ...event, usage: imageUsage },
      )(reply, seen, index)
    },
    observe: async client => [
      await client.images.generate({ model, prompt: 'A clock' }),
      await client.images.edit({ model, prompt: 'A clock', image: new File(['x'], 'a.png') }),
      await collect(await client.images.generate({ model, prompt: 'A clock', stream: true })),
    ],
  },
  {
    title: 'transcriptions as JSON and as text, and translations',
    reply: inTurn(
      json({ text: 'Hallo', usage: { type: 'tokens', ...imageUsage } }),
      text('Hallo\n'),
      json({ text: 'Hi' }),
    ),
    observe: async client => [
      await client.audio.transcriptions.create({ model, file: audioFile() }),
      await client.audio.transcriptions.create({ model, file: audioFile(), response_format: 'text' }),
      await client.audio.translations.create({ model, file: audioFile() }),
    ],
  },
  {
    title: 'speech, byte by byte',
    reply: reply => void reply.writeHead(200, { 'content-type': 'audio/mpeg' }).end(speech),
    observe: async client => {
      const spoken = await client.audio.speech.create({ model, voice: 'alloy', input })
      return [...new Uint8Array(await spoken.arrayBuffer())]
    },
  },
]

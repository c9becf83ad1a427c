const encoder = new TextEncoder()
export const chunks = 500

const usage = { prompt_tokens: 20, completion_tokens: 9, total_tokens: 29 }
const frame = {
  id: 'chatcmpl-BBlxyz',
  created: 1_760_000_000,
  model: 'gpt-5-mini-2025-08-07',
  service_tier: 'default',
}

const answer = JSON.stringify(
  {
    ...frame,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'It arrives tomorrow. '.repeat(12), refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage,
  },
  null,
  2,
)

const chunk = (delta: object, more: object, finish_reason: string | null = null) => ({
  ...frame,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  ...more,
  obfuscation: 'Xy7aQ',
})

/** The bytes of a stream, event by event, as the service sends them with and without requested usage. */
function eventsOf(asksForUsage: boolean): Uint8Array[] {
  const more = asksForUsage ? { usage: null } : {}
  const words = Array.from({ length: chunks - 3 }, () => chunk({ content: ' word' }, more))
  const all: object[] = [chunk({ role: 'assistant', content: '' }, more), ...words, chunk({}, more, 'stop')]
  if (asksForUsage) all.push({ ...frame, object: 'chat.completion.chunk', choices: [], usage })
  const texts = [...all.map(one => JSON.stringify(one)), '[DONE]']
  return texts.map(text => encoder.encode(`data: ${text}\n\n`))
}

const withUsage = eventsOf(true)
const withoutUsage = eventsOf(false)
const headers = {
  'content-type': 'application/json',
  'x-request-id': 'req_1',
  'openai-processing-ms': '412',
  'x-ratelimit-remaining-requests': '499',
  date: 'Thu, 01 Jan 2026 00:00:00 GMT',
  server: 'canned',
}

/** A `fetch` that sends nothing anywhere. */
export async function cannedFetch(_url: unknown, init?: RequestInit): Promise<Response> {
  const body = String(init?.body)
  if (!body.includes('"stream":true')) return new Response(answer, { headers })
  const events = body.includes('include_usage') ? withUsage : withoutUsage
  return new Response(streamOf(events), { headers: { ...headers, 'content-type': 'text/event-stream' } })
}

function streamOf(events: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  let next = 0
  return new ReadableStream(
    {
      pull: controller => {
        const event = events[next++]
        if (event) controller.enqueue(event)
        else controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}

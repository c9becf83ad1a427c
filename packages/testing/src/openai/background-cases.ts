import type OpenAI from 'openai'
import { inTurn } from '../host/replies.ts'
import { collect, outcome } from './observations.ts'
import { type Behaviour, soon } from './observe.ts'
import { breakAfter, json, send } from './replies.ts'
import { response, responseEvents } from './response-replies.ts'

const question = { model: 'gpt-test', input: 'Wie spät ist es?', background: true } as const
const answer = (id: string, status: string) => {
  const isDone = status === 'completed'
  const more = { id, status, background: true, ...(!isDone && { usage: null, output: [] }) }
  return json(response(isDone ? 'Halb zwölf.' : '', more))
}
const events = responseEvents(['Halb ', 'zwölf.'], { id: 'resp_1', background: true }).map(event =>
  event.replaceAll('"object":"response"', '"object":"response","background":true'),
)
const resume = { stream: true, starting_after: 5 } as const

async function poll(client: OpenAI, id: string): Promise<unknown> {
  for (;;) {
    const { status, output_text, usage } = await client.responses.retrieve(id)
    if (status !== 'queued' && status !== 'in_progress') return { status, output_text, usage }
  }
}

/** Responses created in the background and retrieved later. */
export const backgroundCases: readonly Behaviour[] = [
  {
    title: 'a polled background response, busy once',
    reply: inTurn(
      answer('resp_polled', 'queued'),
      answer('resp_polled', 'in_progress'),
      json({ error: { message: 'busy' } }, 503, soon),
      answer('resp_polled', 'completed'),
    ),
    observe: async client => {
      const { status, usage } = await client.responses.create(question)
      return [{ status, usage }, await poll(client, 'resp_polled')]
    },
  },
  {
    title: 'a background response whose stream breaks off and is resumed',
    reply: inTurn(breakAfter(...events.slice(0, 6)), reply => send(reply, events.slice(6))),
    observe: async client => {
      const { items, error } = await collect(await client.responses.create({ ...question, stream: true }))
      return [items, error, await collect(await client.responses.retrieve('resp_1', resume))]
    },
  },
  {
    title: 'a cancelled background response, and a missing one',
    reply: inTurn(
      answer('resp_cancelled', 'queued'),
      json({ error: { message: 'No response found.' } }, 404),
      answer('resp_cancelled', 'cancelled'),
    ),
    observe: async client => {
      const { id } = await client.responses.create(question)
      const gone = await outcome(client.responses.retrieve('resp_gone'))
      return [gone, await client.responses.cancel(id)]
    },
  },
]

import { ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import { memorySink, replayCalls } from '@runtape/testing'
import { collect, question, textEvents } from '@runtape/testing/bedrock'
import { configureTracing, traced } from '@runtape/trace'
import { afterEach, expect, test } from 'vitest'
import { cannedClient, tappedClient } from './canned.ts'

afterEach(() => configureTracing(undefined))

const pieces = textEvents('Halb ', 'zwölf')
/** The format before bytes were stored as one piece: an entry per chunk. */
const older = JSON.stringify({
  status: 200,
  headers: { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'req-1' },
  chunks: [
    ...pieces.slice(0, 2).map(piece => Buffer.from(piece).toString('base64')),
    ...[...Buffer.concat(pieces.slice(2))].map(byte => Buffer.of(byte).toString('base64')),
  ],
  message: { role: 'assistant', content: [{ text: 'Halb zwölf' }] },
  usage: { inputTokens: 20, outputTokens: 9, totalTokens: 29 },
  attempts: 1,
  totalRetryDelay: 0,
})
const ask = async (client: ReturnType<typeof cannedClient>) => {
  const { stream, $metadata } = await client.send(new ConverseStreamCommand(question))
  return { ...(await collect(stream)), requestId: $metadata.requestId }
}

test('a stream on an older tape has the same events', async () => {
  const tape = memorySink()
  configureTracing({ sink: tape })
  const headers = { 'x-amzn-requestid': 'req-1' }
  const bare = await ask(cannedClient(() => ({ pieces, headers })))
  const client = tappedClient(() => ({ pieces: [], headers }))
  await ask(client)
  const recorded = tape.calls.map(span => ({ ...span, output: { json: older } }))
  const { result, tape: replayed } = await replayCalls(
    recorded,
    traced('test.ask', () => ask(client)),
  )
  expect(result).toEqual(bare)
  expect(result.items).toHaveLength(6)
  expect(replayed.call).toMatchObject({ status: 'ok', usage: { total: 109 }, output: { json: older } })
})

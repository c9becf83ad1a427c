import { sqliteStore } from '@runtape/store-sqlite'
import { memoryStore, type StoreSubject } from '@runtape/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { testSubject } from '../../../store-postgres/test/subject.ts'
import { startServer } from '../serve.ts'

/** Names that some dialect reads. */
const names = [
  ...[
    'gen_ai.operation.name',
    'gen_ai.usage.input_tokens',
    'gen_ai.usage.output_tokens',
    'gen_ai.response.id',
  ],
  ...['gen_ai.usage.cache_read.input_tokens', 'gen_ai.input.messages', 'gen_ai.prompt.0.content'],
  ...[
    'gen_ai.prompt.0',
    'gen_ai.prompt.__proto__.x',
    'ai.operationId',
    'ai.usage.tokens',
    'ai.response.text',
  ],
  ...['ai.response.toolCalls', 'ai.response.providerMetadata', 'openinference.span.kind', 'output.value'],
  ...['llm.token_count.prompt', 'llm.input_messages.0.message.content', 'metadata', 'tag.tags'],
  ...['langfuse.observation.type', 'langfuse.observation.usage_details', 'langfuse.trace.tags'],
  ...[
    'langsmith.span.kind',
    'langsmith.span.tags',
    'lmnr.span.type',
    'llm.request.type',
    'traceloop.span.kind',
  ],
  ...['runtape.run_id', 'runtape.type', 'user.id', 'session.id', '__proto__', 'constructor', 'toString'],
]
const words = [
  ...[
    'chat',
    'embeddings',
    'ai.generateText.doGenerate',
    'LLM',
    'generation',
    'llm',
    'tool',
    '',
    'null',
    '{}',
  ],
  ...[
    '[',
    '{"a":',
    '[[[{"__proto__":1}]]]',
    '{"input":-1,"output":1e400}',
    '{"input":"5"}',
    '\u0000',
    '\ud800',
  ],
  ...['{"anthropic":{"usage":{"cache_read_input_tokens":-3}}}', 'x'.repeat(5000), '9'.repeat(400)],
]
const scalar = fc.oneof(
  fc.record({ stringValue: fc.constantFrom(...words) }),
  fc.record({ intValue: fc.constantFrom(0, 5, -5, '7', 'NaN', 1e300, '9223372036854775807', null) }),
  fc.record({ doubleValue: fc.constantFrom(1.5, -0, 'Infinity', 'NaN', 3) }),
  fc.record({ boolValue: fc.boolean() }),
  fc.constantFrom({}, null, 5, 'text', { bytesValue: 'AA==' }, { stringValue: 5 }),
)
const value = fc.oneof(
  { weight: 6, arbitrary: scalar },
  fc.record({ arrayValue: fc.oneof(fc.record({ values: fc.array(scalar) }), fc.constant({ values: 5 })) }),
  fc.record({
    kvlistValue: fc.record({
      values: fc.array(fc.record({ key: fc.constantFrom(...names), value: scalar })),
    }),
  }),
)
const pairs = fc.array(fc.record({ key: fc.constantFrom(...names), value }), { maxLength: 12 })
const chat = { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } }
const attributes = fc.oneof(
  { weight: 5, arbitrary: pairs.map(some => [chat, ...some]) },
  { weight: 4, arbitrary: pairs },
  fc.constantFrom(null, 5, {}, [null]),
)
const goodId = fc.constantFrom('1'.repeat(16), '2'.repeat(16), '3'.repeat(16), '4'.repeat(16))
const id = fc.oneof({ weight: 6, arbitrary: goodId }, fc.constantFrom('0'.repeat(16), '', 'zz', null, 7))
const nanoseconds = fc.constantFrom(
  ...Array.from({ length: 12 }, (_, n) => `176722560${n % 10}000000000`),
  ...['1767225600000000000', '1767225601000000000', '0', '-5', 'soon', '99999999999999999999999'],
  ...[null, 5, {}],
)
const span = fc.record({
  traceId: fc.constantFrom(...['a', 'b', 'A', 'd', 'e', 'f'].map(digit => digit.repeat(32)), '', 'zz', null),
  ...{
    spanId: id,
    parentSpanId: id,
    startTimeUnixNano: nanoseconds,
    endTimeUnixNano: nanoseconds,
    attributes,
  },
  name: fc.constantFrom('chat', '', null, '\ud800', 'n'.repeat(100_000)),
  status: fc.constantFrom(null, {}, { code: 2 }, { code: 'STATUS_CODE_ERROR', message: 5 }, 'failed'),
  events: fc.oneof(
    fc.array(fc.record({ name: fc.constantFrom('exception', 'gen_ai.choice', null), attributes }), {
      maxLength: 2,
    }),
    fc.constantFrom(null, 5),
  ),
  droppedAttributesCount: fc.constantFrom(0, 3, -3, 'many', null),
})

const good = {
  ...{ traceId: 'c'.repeat(32), spanId: 'c'.repeat(16), name: 'chat' },
  ...{ startTimeUnixNano: '1767225600000000000', endTimeUnixNano: '1767225601000000000' },
  attributes: [
    { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
    { key: 'gen_ai.usage.input_tokens', value: { intValue: '8' } },
    { key: 'gen_ai.usage.output_tokens', value: { intValue: '1' } },
    { key: 'gen_ai.response.model', value: { stringValue: 'the-good-one' } },
  ],
}

/** What a store has after many hostile requests. */
async function billAfter({ store, dispose }: StoreSubject, seed: number, numRuns: number) {
  const server = await startServer(store, { requestsPerSecond: 100_000 })
  const send = (spans: readonly unknown[]) =>
    fetch(`${server.url}/v1/otlp/v1/traces`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
    })
  for (const spans of fc.sample(fc.array(span, { maxLength: 6 }), { seed, numRuns })) {
    const response = await send(spans)
    const { partialSuccess } = (await response.json()) as { partialSuccess?: { errorMessage: string } }
    expect([response.status, partialSuccess?.errorMessage]).not.toEqual([200, ''])
    expect(response.status).toBe(200)
  }
  await send([...fc.sample(span, { seed, numRuns: 3 }), good])
  const [all] = await store.runs.usage({})
  const [ofGood] = await store.runs.usage({ model: 'the-good-one' })
  const { counts } = await store.health.get()
  await server.close()
  await (dispose ?? store.close)()
  return { all, ofGood, conflicts: counts.map(({ kind, count }) => [kind, count]) }
}

test.each<[string, () => Promise<StoreSubject>, number]>([
  ['SQLite', async () => ({ store: sqliteStore(':memory:') }), 800],
  ['Postgres', () => testSubject(), 300],
])(
  'any spans are kept or rejected by name, fail no request, and have the same bill: %s',
  async (_, open, numRuns) => {
    const seed = Math.floor(Math.random() * 1e9)
    const inMemory = await billAfter({ store: memoryStore() }, seed, numRuns)
    expect(await billAfter(await open(), seed, numRuns), `seed ${seed}`).toEqual(inMemory)
    const { all, ofGood } = inMemory
    expect(ofGood, `seed ${seed}`).toMatchObject({ runs: 1, tokens: { input: 8, output: 1 } })
    expect(all?.runs, `seed ${seed}`).toBeGreaterThan(1)
    for (const count of Object.values(all?.tokens ?? {})) expect(Number.isSafeInteger(count)).toBe(true)
    expect(({} as Record<string, unknown>).x).toBeUndefined()
  },
)

import { ConverseStreamCommand, InvokeModelWithResponseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import { memorySink, replayCalls } from '@runtape/testing'
import { chunk, event, exception, invocation, observedError, question } from '@runtape/testing/bedrock'
import { configureTracing, traced } from '@runtape/trace'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Canned, cannedClient, tappedClient } from './canned.ts'
import { type Fields, plainMessage, plainReason, plainTexts, totalOf } from './plain-read.ts'
import { valueOf } from './value-of.ts'

const tape = memorySink()
beforeEach(() => configureTracing({ sink: tape }))
afterEach(() => configureTracing(undefined))

type Client = ReturnType<typeof cannedClient>

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom(
    ' word',
    '"',
    '\\',
    '\n',
    '{"content":"',
    '}',
    '[',
    '€',
    '\u2028',
    '👩',
    '\ud83d',
    '',
    '"password":',
  ),
  fc.constantFrom('x'.repeat(5000), 'é'.repeat(9000)),
)
const at = fc.oneof(fc.constant(0), fc.nat(2))
const count = fc.integer({ min: 1, max: 99 })
const reason = fc.constantFrom('end_turn', 'tool_use', 'max_tokens')
const deltaOf = (delta: fc.Arbitrary<object>) =>
  fc.record({ contentBlockDelta: fc.record({ contentBlockIndex: at, delta }) })

const converseEvent = fc.oneof(
  { weight: 10, arbitrary: deltaOf(fc.record({ text })) },
  { weight: 4, arbitrary: deltaOf(fc.record({ toolUse: fc.record({ input: text }) })) },
  deltaOf(fc.record({ reasoningContent: fc.record({ text }) })),
  deltaOf(fc.record({ reasoningContent: fc.record({ signature: text }) })),
  fc.record({ messageStart: fc.record({ role: fc.constant('assistant') }) }),
  fc.record({
    contentBlockStart: fc.record({
      contentBlockIndex: at,
      start: fc.record({ toolUse: fc.record({ name: fc.constant('find'), toolUseId: fc.constant('t-1') }) }),
    }),
  }),
  fc.record({ contentBlockStop: fc.record({ contentBlockIndex: at }) }),
  fc.record({ messageStop: fc.record({ stopReason: reason }) }),
  fc.record({
    metadata: fc.record({
      usage: fc.record({ inputTokens: count, outputTokens: count, totalTokens: count }),
      metrics: fc.record({ latencyMs: count }),
    }),
  }),
  fc.record({ later: fc.record({ note: text }) }),
) as fc.Arbitrary<Readonly<Record<string, object>>>

const metricsName = 'amazon-bedrock-invocationMetrics'
const metrics = fc.record({ inputTokenCount: count, outputTokenCount: count, invocationLatency: count })
const vendorChunk = fc.oneof(
  fc.record({ type: fc.constant('content_block_delta'), index: at, delta: fc.record({ text }) }),
  fc.record({ index: at, delta: fc.record({ partial_json: text }) }),
  fc.record({ contentBlockDelta: fc.record({ contentBlockIndex: at, delta: fc.record({ text }) }) }),
  fc.record({ generation: text, stop_reason: fc.option(reason), generation_token_count: count }),
  fc.record({ outputText: text, completionReason: fc.option(reason), index: at }),
  fc.record({ type: fc.constant('message_delta'), delta: fc.record({ stop_reason: reason }) }),
  fc.record({ [metricsName]: metrics }),
  fc.record({ else: text }),
)

/** Frames, how they are split into chunks, and what comes after them. */
const streamOf = <T>(item: fc.Arbitrary<T>) =>
  fc.record({
    items: fc.array(item, { maxLength: 12 }),
    cuts: fc.array(fc.nat(60_000), { maxLength: 6 }),
    end: fc.constantFrom('whole', 'whole', 'cut', 'corrupt', 'exception', 'broken'),
    upTo: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 1, max: 6 })),
  })
interface How {
  readonly cuts: readonly number[]
  readonly end: string
  readonly upTo: number
}

function cannedOf(frames: readonly Uint8Array[], { cuts, end }: How): Canned {
  const last = end === 'exception' ? [exception('throttlingException', 'slow down')] : []
  const whole = Buffer.concat([...frames, ...last])
  const bytes = end === 'cut' ? whole.subarray(0, -9) : whole
  if (end === 'corrupt' && bytes.length > 0) bytes[bytes.length - 20] = 255 - (bytes.at(-20) ?? 0)
  const ends = [...cuts.map(cut => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  const pieces = ends.map((to, index) => bytes.subarray(ends[index - 1] ?? 0, to))
  return { pieces, ...(end === 'broken' && { error: new Error('reset') }) }
}

async function read(opening: Promise<AsyncIterable<unknown> | undefined>, upTo: number) {
  const items: unknown[] = []
  let isOpen = false
  try {
    const stream = await opening
    isOpen = true
    for await (const item of stream ?? []) if (items.push(item) === upTo) break
  } catch (error) {
    return { items, isOpen, error: observedError(error) }
  }
  return { items, isOpen }
}

type Ask = (client: Client, upTo: number) => ReturnType<typeof read>
const converse: Ask = (client, upTo) =>
  read(
    client.send(new ConverseStreamCommand(question)).then(({ stream }) => stream),
    upTo,
  )
const invoke: Ask = (client, upTo) =>
  read(
    client.send(new InvokeModelWithResponseStreamCommand(invocation)).then(({ body }) => body),
    upTo,
  )

async function check(frames: Uint8Array[], how: How, ask: Ask) {
  tape.clear()
  const bare = await ask(
    cannedClient(() => cannedOf(frames, how)),
    how.upTo,
  )
  const client = tappedClient(() => cannedOf(frames, how))
  expect(await ask(client, how.upTo)).toEqual(bare)
  const recorded = [...tape.calls]
  expect(recorded).toHaveLength(1)
  const [{ output } = {}] = recorded
  const kept = valueOf(output) as Record<string, unknown>
  // An error before the stream has a hidden field that is not on the tape.
  if (!kept.withheld && (bare.isOpen || how.end !== 'broken')) {
    const again = await replayCalls(
      recorded,
      traced('test.ask', () => ask(client, how.upTo)),
    )
    expect(again.result).toEqual(bare)
    expect(again.tape.calls.map(call => call.output)).toEqual([output])
  }
  return { ...bare, kept, call: recorded[0] }
}

test('any Converse stream reaches the application unchanged, and is read like a simple reader would', async () => {
  await fc.assert(
    fc.asyncProperty(streamOf(converseEvent), async ({ items: events, ...how }) => {
      const frames = events.flatMap(one => Object.entries(one).map(([type, body]) => event(type, body)))
      const { items, isOpen, kept, call } = await check(frames, how, converse)
      if (!isOpen || kept.withheld) return
      expect(kept.message).toEqual(plainMessage(items as Fields[]))
      const { metadata } = (items as Fields[]).findLast(item => item.metadata) ?? {}
      expect(kept.usage).toEqual(metadata?.usage)
      expect(call?.usage?.total).toBe(totalOf(metadata?.usage, 'inputTokens', 'outputTokens'))
      const { messageStop } = (items as Fields[]).findLast(item => item.messageStop) ?? {}
      expect(call?.metadata?.finishReason).toBe(messageStop?.stopReason)
    }),
    { numRuns: 150 },
  )
})

test('any vendor stream reaches the application unchanged, and is read like a simple reader would', async () => {
  await fc.assert(
    fc.asyncProperty(streamOf(vendorChunk), async ({ items: chunks, ...how }) => {
      const { items, isOpen, kept, call } = await check(chunks.map(chunk), how, invoke)
      if (!isOpen || kept.withheld) return
      const read = (items as { chunk?: { bytes: Uint8Array } }[]).flatMap(({ chunk: one }) =>
        one ? [JSON.parse(Buffer.from(one.bytes).toString()) as Fields] : [],
      )
      expect(kept.message).toEqual(plainTexts(read))
      expect(call?.metadata?.finishReason ?? undefined).toBe(plainReason(read))
      const told = read.findLast(one => one[metricsName])?.[metricsName]
      if (told) expect(call?.usage?.total).toBe(totalOf(told, 'inputTokenCount', 'outputTokenCount'))
    }),
    { numRuns: 150 },
  )
})

import { createRecorder } from '@runtape/recorder'
import { memoryStore, replayCalls } from '@runtape/testing'
import { sse, textChunks } from '@runtape/testing/openai'
import { traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { expect, test } from 'vitest'
import { setUpWarned } from './warned-usage.ts'

const { given, warnings, messages, ask, told, host } = setUpWarned()
const sums = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
const warning = (doubts: string) =>
  `A call reported usage that cannot all be right (openai.chat.completions at ${host()}): ${doubts}. The bill contains only what is certain. Make the host report usage as it documents it, or count it yourself: tracker.trackTokens({ input, output, total }).`

test.each([
  ['no count', { prompt_tokens_details: { cached_tokens: -1 } }, 'cachedInput (-1) is not a token count'],
  [
    'half a token',
    { completion_tokens_details: { reasoning_tokens: 0.5 } },
    'reasoning (0.5) is not a token count',
  ],
  [
    'a part larger than its whole',
    { prompt_tokens_details: { cached_tokens: 64, audio_tokens: 99 } },
    'cachedInput (64) is more than input (10), inputAudio (99) is more than input (10)',
  ],
  [
    'a total that nothing explains',
    { total_tokens: 40 },
    'total (40) is more than the sum of its parts (15)',
  ],
])('an impossible part is reported once per host and shape: %s', async (_, more, doubts) => {
  given.fake.answer(told({ ...sums, ...more }))
  await ask()
  await ask()
  expect(warnings).toEqual([warning(doubts)])
  expect(given.tape.calls[0]?.usage).toMatchObject({ input: 10, output: 5 })
  expect(given.tape.calls[0]?.metadata?.notes).toEqual(
    doubts.split(', ').map(doubt => `Omitted from the usage: ${doubt}.`),
  )
})

test('an impossible usage in a stream is reported, too', async () => {
  const usage = { ...sums, completion_tokens_details: { audio_tokens: 11 } }
  const chunks = [...textChunks('Noon.'), { id: 'c', choices: [], usage }]
  const text = `${chunks.map(one => `data: ${JSON.stringify(one)}\n\n`).join('')}data: [DONE]\n\n`
  given.fake.answer(response => void response.writeHead(200, sse).end(text))
  for await (const _ of await given
    .client()
    .chat.completions.create({ model: 'gpt-test', messages, stream: true }));
  expect(warnings).toEqual([warning('outputAudio (11) is more than output (5)')])
})

test('a consistent usage is not reported', async () => {
  given.fake.answer(told({ ...sums, prompt_tokens_details: { cached_tokens: 10, audio_tokens: 0 } }))
  await ask()
  expect(warnings).toEqual([])
  expect(given.tape.call.metadata).not.toHaveProperty('notes')
})

test('a recorder counts such calls, and bills only the consistent parts', async () => {
  const store = memoryStore()
  const recorder = createRecorder({ store })
  given.fake.answer(told({ ...sums, prompt_tokens_details: { cached_tokens: 12 } }))
  await createTracker({ sink: recorder, configKey: 'support' }).run(ask)
  given.fake.answer(told(sums))
  await createTracker({ sink: recorder, configKey: 'support' }).run(ask)
  expect(recorder.diagnostics()).toMatchObject({ doubtfulUsageCalls: 1, unknownUsageCalls: 0 })
  await recorder.flush()
  expect(await store.runs.usage()).toMatchObject([{ tokens: { input: 20, output: 10, total: 30 } }])
  await recorder.close()
})

test('a replay does not warn', async () => {
  given.fake.answer(told({ ...sums, prompt_tokens_details: { cached_tokens: 13 } }))
  await ask()
  warnings.length = 0
  await replayCalls([given.tape.call], traced('test.ask', ask))
  expect(warnings).toEqual([])
})

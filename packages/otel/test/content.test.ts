import { traced } from '@runtape/trace'
import { expect, test, vi } from 'vitest'
import { modelCall, setUp } from './set-up.ts'

const given = setUp()
const { span, spans } = given

const content = (name: string) => JSON.parse(String(spans()[0]?.attributes[name]))
const call = (request: object, answer: object) =>
  given
    .trace({ content: true })
    .append(
      modelCall({ input: { json: JSON.stringify([request]) }, output: { json: JSON.stringify(answer) } }),
    )

test('no content leaves the process by default', async () => {
  const sink = given.trace()
  sink.append(modelCall())
  await traced('vault.open', { type: 'tool' }, async (_word: string) => 'secret room')('secret word')
  traced('vault.close', (_word: string) => 'secret end')('secret word')
  expect(spans()).toHaveLength(3)
  expect(JSON.stringify(spans().map(one => [one.name, one.attributes]))).not.toContain('secret')
})

test('messages follow the JSON schema of the conventions', () => {
  const tool_calls = [
    { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } },
  ]
  const messages = [
    { role: 'system', content: 'Be brief.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'And this?' },
        { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBO' } },
        { type: 'input_audio', input_audio: { format: 'wav' } },
      ],
    },
    { role: 'assistant', content: null, tool_calls },
    { role: 'tool', tool_call_id: 'call_1', content: 'rain' },
  ]
  call({ model: 'gpt-4o', messages }, { body: { choices: [] } })
  expect(content('gen_ai.input.messages')).toEqual([
    { role: 'system', parts: [{ type: 'text', content: 'Be brief.' }] },
    {
      role: 'user',
      parts: [
        { type: 'text', content: 'And this?' },
        { type: 'uri', modality: 'image', uri: 'https://example.com/a.png' },
        { type: 'blob', modality: 'image', mime_type: 'image/png', content: 'iVBO' },
        { type: 'generic', generic_type: 'input_audio', input_audio: { format: 'wav' } },
      ],
    },
    {
      role: 'assistant',
      parts: [{ type: 'tool_call', id: 'call_1', name: 'weather', arguments: { city: 'Bern' } }],
    },
    { role: 'tool', parts: [{ type: 'tool_call_response', id: 'call_1', response: 'rain' }] },
  ])
  expect(content('gen_ai.output.messages')).toEqual([])
})

const said = (text: string, finish_reason: string) => ({
  role: 'assistant',
  parts: [{ type: 'text', content: text }],
  finish_reason,
})

test.each([
  {
    of: 'a whole answer',
    answer: { body: { choices: [{ message: { role: 'assistant', content: 'a' }, finish_reason: 'stop' }] } },
    told: [said('a', 'stop')],
  },
  {
    of: 'a stream',
    answer: { events: ['…'], message: { role: 'assistant', content: 'a', finish_reason: 'length' } },
    told: [said('a', 'length')],
  },
  {
    of: 'a stream of several choices',
    answer: {
      choices: [
        { role: 'assistant', content: 'a', finish_reason: 'stop' },
        { role: 'assistant', content: 'b', finish_reason: 'length' },
      ],
    },
    told: [said('a', 'stop'), said('b', 'length')],
  },
])('there is one output message for each choice of $of', ({ answer, told }) => {
  call({ model: 'gpt-4o', messages: [] }, answer)
  expect(content('gen_ai.output.messages')).toEqual(told)
})

test('malformed arguments written by the model are sent unchanged', () => {
  const tool_calls = [{ id: 'call_1', function: { name: 'weather', arguments: '{"city"' } }]
  call({ model: 'gpt-4o', messages: [{ role: 'assistant', tool_calls }] }, {})
  expect(content('gen_ai.input.messages')[0].parts[0].arguments).toBe('{"city"')
})

test('a model call of another form is sent as recorded', () => {
  call({ prompt: 'Once' }, { text: 'upon a time' })
  expect(spans()[0]?.attributes).toMatchObject({
    'input.value': '[{"prompt":"Once"}]',
    'output.value': '{"text":"upon a time"}',
  })
})

test('a tool is sent with its arguments and result, any other function as recorded', async () => {
  given.trace({ content: true })
  const lookup = traced('orders.lookup', { type: 'tool' }, async (query: { order: string }) => ({
    ...query,
    paid: true,
  }))
  const move = traced('orders.move', { type: 'tool' }, (_from: string, _to: string) => {})
  await traced('support.answer', (order: string) => lookup({ order }))('A-17')
  move('here', 'there')
  expect(span('execute_tool orders.lookup').attributes).toMatchObject({
    'gen_ai.tool.call.arguments': '{"order":"A-17"}',
    'gen_ai.tool.call.result': '{"order":"A-17","paid":true}',
  })
  expect(span('execute_tool orders.move').attributes['gen_ai.tool.call.arguments']).toBe('["here","there"]')
  expect(span('support.answer').attributes).toMatchObject({
    'input.value': '["A-17"]',
    'output.value': '{"order":"A-17","paid":true}',
  })
})

test.each([
  ['true', undefined, true],
  ['SPAN_ONLY', undefined, true],
  ['span_and_event', undefined, true],
  ['EVENT_ONLY', undefined, false],
  ['NO_CONTENT', undefined, false],
  ['false', undefined, false],
  ['', undefined, false],
  ['true', false, false],
  ['NO_CONTENT', true, true],
])('with the variable %j and the option %s, content is sent: %s', (variable, content, isSent) => {
  vi.stubEnv('OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT', variable)
  given.trace(content === undefined ? {} : { content }).append(modelCall())
  vi.unstubAllEnvs()
  expect('gen_ai.input.messages' in (given.spans()[0]?.attributes ?? {})).toBe(isSent)
})

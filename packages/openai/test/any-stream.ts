import fc from 'fast-check'

export const bytesOf = (text: string) => new TextEncoder().encode(text)

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom(
    ' word',
    '"',
    '\\',
    '\n',
    '{"content":"',
    '"usage":null',
    '€',
    '\u2028',
    '👩',
    '\ud83d',
    '\udc69',
    '',
  ),
  fc.constantFrom('x'.repeat(5000), 'é'.repeat(4000)),
)
const short = fc.oneof(text, text, fc.stringMatching(/^[a-z ]{0,6}$/))
const index = fc.oneof(fc.constant(0), fc.nat(2))
const finish = fc.constantFrom('stop', 'length', 'tool_calls')
const usage = fc.record({ prompt_tokens: fc.nat(99), completion_tokens: fc.nat(99) })
const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-test' }

const chatDelta = fc.oneof(
  { weight: 8, arbitrary: fc.record({ content: short }) },
  fc.record({ role: fc.constant('assistant'), content: fc.constantFrom('', null) }),
  fc.record({ refusal: short }),
  fc.record({ reasoning_content: short, content: fc.constantFrom(null, 'x') }),
  fc.record({
    tool_calls: fc.array(
      fc
        .record({ index: fc.nat(1), function: fc.record({ arguments: short }) })
        .map(call => ({ ...call, id: `call_${call.index}` })),
      { maxLength: 2 },
    ),
  }),
  fc.constant({}),
)
const chatChoice = fc.record(
  { index, delta: chatDelta, finish_reason: fc.oneof(fc.constant(null), fc.constant(null), finish) },
  { requiredKeys: ['index', 'delta'] },
)
export const chat = fc.oneof(
  { weight: 12, arbitrary: fc.record({ choices: fc.array(chatChoice, { minLength: 1, maxLength: 1 }) }) },
  fc.record({ choices: fc.array(chatChoice, { maxLength: 3 }), usage: fc.constantFrom(null, undefined) }),
  fc.record({ choices: fc.constant([]), usage }),
  fc.record({
    choices: fc.array(chatChoice, { minLength: 1, maxLength: 1 }),
    obfuscation: short,
    usage: fc.constant(null),
  }),
  fc.record({ error: fc.record({ message: short }) }),
)
export const completion = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      choices: fc.array(fc.record({ index, text: short, finish_reason: fc.constantFrom(null, 'stop') })),
    }),
  },
  fc.record({ choices: fc.constant([]), usage }),
)
export const response = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constant('response.output_text.delta'),
      delta: short,
      sequence_number: fc.nat(),
      obfuscation: fc.stringMatching(/^[a-z]{0,6}$/),
    }),
  },
  fc.record({
    type: fc.constant('response.created'),
    response: fc.record({ model: fc.constant('m'), status: fc.constant('queued') }),
  }),
  fc.record({ type: fc.constant('response.refusal.delta'), delta: short }),
  fc.record({
    type: fc.constantFrom('response.completed', 'response.incomplete'),
    response: fc.record({
      model: fc.constant('m'),
      status: fc.constant('completed'),
      usage,
      output: fc.constant([{ type: 'x' }]),
    }),
  }),
  fc.record({ type: fc.constant('error'), message: short }),
)

const escaped = (json: string) =>
  json.replace(/[^\x20-\x7e]/g, one => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
const twice = (json: string) => json.replace(/"(content|delta|text)":/, '"$1":"never","$1":')
const writings: ((json: string) => string)[] = [
  json => json,
  escaped,
  json => json.replace(/^{/, '{ ').replace(/":/g, '" : '),
  twice,
  json => json.replace(/:(\d+)/g, ':$1.0'),
  json => json.replace(/("sequence_number":)/, '$10'),
  json => json.replace('":"', '":"\\\n'),
  json => json.replace('":"', '":"\\\t'),
  json => json.replace('":"', '":"\\u00'),
  json => json.replace('":"', '":"41'),
  json => json.replace('":"', '":"\\x'),
  json => json.slice(0, -3),
  json => json.replaceAll(',"', ',\ndata: "'),
]
const writing = fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, fc.nat(writings.length - 1))

const around = fc.constantFrom(
  '',
  '',
  '',
  '',
  'event: x\n',
  'id: 7\n',
  ': a comment\n',
  ': "content":"\n',
  '\n',
)
const oddEvent = fc.constantFrom(
  'data: [DONE]\n\n',
  ': ping\n\n',
  'data\n\n',
  'data: 7\n\n',
  'data: [1]\n\n',
  'data:[DONE]\n\n',
  'data: {"choices":7}\n\n',
  'data: {"choices":[null]}\n\n',
  '\n',
  '\r',
)
const eventOf = (fields: fc.Arbitrary<object>) =>
  fc.tuple(fields, writing, around, fc.constantFrom(0, 1, 1, 6)).map(([event, how, before, times]) => {
    const json = writings['response' in event ? 0 : how]?.(
      JSON.stringify({ ...('choices' in event && head), ...event }),
    ) as string
    return `${before}data: ${json}\n\n`.repeat(times)
  })
/** Streams of such events in every notation, and the offsets at which they are split. */
export const streamOf = (fields: fc.Arbitrary<object>) =>
  fc
    .record({
      events: fc.array(fc.oneof({ weight: 12, arbitrary: eventOf(fields) }, oddEvent), { maxLength: 14 }),
      lineEnd: fc.constantFrom('\n', '\n', '\r\n', '\r'),
      last: fc.constantFrom('', 'data: [DONE]\n\n', 'data: [DONE]', 'data: {"choi'),
      cuts: fc.oneof(fc.array(fc.nat(), { maxLength: 40 }), fc.constant('events' as const)),
      hideUsage: fc.boolean(),
      limit: fc.constantFrom(1e9, 1e9, 700, 0),
    })
    .map(({ events, lineEnd, last, ...stream }) => {
      const whole = [...events, last].map(event => event.replaceAll('\n', lineEnd))
      let at = 0
      const ends = whole.map(event => {
        at += bytesOf(event).length
        return at
      })
      return { ...stream, text: whole.join(''), cuts: stream.cuts === 'events' ? ends : stream.cuts }
    })

import { describe, expect, test } from 'vitest'
import { type Delta, MessageFolder } from './fold-message.ts'

function fold(...deltas: Delta[]) {
  const folder = new MessageFolder()
  for (const delta of deltas) folder.add(delta, undefined)
  const { role: _role, finish_reason: _reason, ...message } = folder.message()
  return message
}

const call = (index: unknown, id: unknown, name: unknown, args: unknown) => ({
  tool_calls: [{ index, id, type: 'function', function: { name, arguments: args } }],
})
const weather = (city: string, id = city) => ({
  id,
  type: 'function',
  function: { name: 'weather', arguments: `{"city":"${city}"}` },
})
const both = { content: null, tool_calls: [weather('Bern'), weather('Rome')] }

describe('tool calls', () => {
  test.each<[string, Delta[]]>([
    [
      'each with an index',
      [
        call(0, 'Bern', 'weather', '{"city":'),
        call(1, 'Rome', 'weather', '{"city":'),
        call(0, undefined, undefined, '"Bern"}'),
        call(1, undefined, undefined, '"Rome"}'),
      ],
    ],
    [
      'whose later deltas have empty or null ids and names',
      [
        call(0, 'Bern', 'weather', '{"city":'),
        call(0, '', '', '"Bern"}'),
        call(1, 'Rome', 'weather', ''),
        call(1, null, null, '{"city":"Rome"}'),
      ],
    ],
    [
      'without an index',
      [
        call(undefined, 'Bern', 'weather', '{"city":'),
        call(undefined, undefined, undefined, '"Bern"}'),
        call(null, 'Rome', 'weather', '{"city":"Rome"}'),
      ],
    ],
    [
      'without an index, by their ids in turns',
      [
        call(undefined, 'Bern', 'weather', '{"city":'),
        call(undefined, 'Rome', 'weather', '{"city":'),
        call(undefined, 'Bern', undefined, '"Bern"}'),
        call(undefined, 'Rome', undefined, '"Rome"}'),
      ],
    ],
    [
      'all with index 0',
      [
        call(0, 'Bern', 'weather', '{"city":"Bern"}'),
        call(0, 'Rome', 'weather', '{"city":'),
        call(0, '', '', '"Rome"}'),
      ],
    ],
    [
      'with the name in every delta',
      [
        call(0, 'Bern', 'weather', '{"city":'),
        call(0, 'Bern', 'weather', '"Bern"}'),
        call(1, 'Rome', 'weather', '{"city":"Rome"}'),
      ],
    ],
    [
      'in one piece, with arguments that are not text',
      [call(0, 'Bern', 'weather', { city: 'Bern' }), call(1, 'Rome', 'weather', { city: 'Rome' })],
    ],
    [
      'with an id that arrives late',
      [
        call(0, undefined, 'weather', '{"city":'),
        call(0, 'Bern', undefined, '"Bern"}'),
        call(1, 'Rome', 'weather', '{"city":"Rome"}'),
      ],
    ],
  ])('%s', (_how, deltas) => {
    expect(fold(...deltas)).toEqual(both)
  })

  test('without any id are one call', () => {
    expect(
      fold(call(undefined, undefined, 'a', '{'), call(undefined, undefined, undefined, '}')).tool_calls,
    ).toEqual([{ type: 'function', function: { name: 'a', arguments: '{}' } }])
  })

  test.each([[null], ['call'], [{}], [[null, 'x', { function: null }]], [[{ function: 'f' }]]])(
    'accept anything that a host sends: %j',
    tool_calls => {
      expect(() => fold({ tool_calls })).not.toThrow()
    },
  )
})

describe('text', () => {
  test('of a list of parts, some of them thoughts, is joined', () => {
    expect(
      fold(
        { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Tw' }] }] },
        { content: [{ type: 'thinking', thinking: 'elve.' }] },
        {
          content: [
            { type: 'text', text: 'No' },
            { type: 'text', text: 'on' },
          ],
        },
        { content: '.' },
      ),
    ).toEqual({ content: 'Noon.', reasoning_content: 'Twelve.' })
  })

  test.each(['reasoning', 'reasoning_content'])(
    'of thoughts keeps the name that the host uses for it: %s',
    name => {
      expect(fold({ [name]: 'Tw' }, { [name]: 'elve' }, { content: 'Noon', [name]: null })).toEqual({
        content: 'Noon',
        [name]: 'Twelve',
      })
    },
  )

  test('of a legacy function_call is joined', () => {
    expect(
      fold(
        { content: null, function_call: { name: 'now', arguments: '' } },
        { function_call: { arguments: '{}' } },
      ),
    ).toEqual({ content: null, function_call: { name: 'now', arguments: '{}' } })
  })

  test('of speech is the transcript', () => {
    expect(
      fold(
        { audio: { id: 'a1', transcript: 'No' } },
        { audio: { data: 'AAAA' } },
        { audio: { transcript: 'on' } },
        { audio: { expires_at: 5 } },
      ),
    ).toEqual({ content: null, audio: { id: 'a1', transcript: 'Noon' } })
  })
})

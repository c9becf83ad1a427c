import { replayCalls } from '@runtape/testing'
import {
  block,
  collect,
  ended,
  json,
  jsonDelta,
  message,
  question,
  started,
  stream,
  streamed,
  text,
  textDelta,
  textEvents,
  toolUse,
} from '@runtape/testing/anthropic'
import { traced } from '@runtape/trace'
import { describe, expect, test } from 'vitest'
import { setUp } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { tape, client, trace } = given
const readStream = async () => collect(await client().messages.create(streamed))

describe('the record of a message', () => {
  test('has no request or answer if inputs and outputs are not captured', async () => {
    trace({ capture: { input: false, output: false } })
    given.fake.answer(json(message([text('s3cret')])))
    await client().messages.create(question)
    const { input, output, usage, model } = tape.call
    for (const payload of [input, output]) expect(payload).toEqual({ json: '"[redacted]"', redacted: ['$'] })
    expect(usage).toBeDefined()
    expect(model).toBeDefined()
  })

  test('is what the redact hook says, in the request, a whole message and a stream', async () => {
    const redact = (_path: string, value: unknown) =>
      typeof value === 'string' && value.includes('s3cret') ? 'hidden' : value
    trace({ redact })
    const messages = [{ role: 'user' as const, content: 's3cret' }]
    given.fake.answer(json(message([text('a s3cret')])))
    await client().messages.create({ ...question, system: 's3cret', messages })
    given.fake.answer(stream(...textEvents('a s3', 'cret')))
    await collect(await client().messages.create({ ...streamed, messages }))
    expect(tape.calls).toHaveLength(2)
    for (const { input, output } of tape.calls) {
      expect(JSON.stringify([input, output])).not.toMatch(/s3|cret/)
      expect(JSON.stringify([valueOf(input), valueOf(output)])).toContain('hidden')
    }
  })

  test('holds no secret of tool arguments, whole or in pieces', async () => {
    given.fake.answer(json(message([toolUse('toolu_1', 'log_in', { password: 's3cret' })])))
    await client().messages.create(question)
    const tool = { type: 'tool_use', id: 'toolu_1', name: 'log_in', input: {} }
    const pieces = ['{"password":"s3', 'cret"}'].map(jsonDelta)
    given.fake.answer(stream(started(), ...block(0, tool, ...pieces), ...ended('tool_use')))
    expect(JSON.stringify(await readStream())).toContain('cret')
    expect(JSON.stringify(tape.calls)).not.toContain('cret')
    expect(valueOf(tape.calls[1]?.output)).toMatchObject({ withheld: true, message: expect.anything() })
    const { result } = await replayCalls(
      tape.calls.slice(1),
      traced('test.ask', () => readStream().catch(String)),
    )
    expect(result).toContain('The recorded model stream contained redacted values')
  })

  test('holds nothing that looks like a key, in text, thoughts or pieces of them', async () => {
    const key = `sk-ant-api03-${'Ab1_'.repeat(10)}`
    const cut = [key.slice(0, 5), key.slice(5, 20), key.slice(20)]
    const thinking = cut.map(piece => ({ type: 'thinking_delta', thinking: piece }))
    given.fake.answer(
      stream(
        started(),
        ...block(0, { type: 'thinking', thinking: '' }, ...thinking),
        ...block(1, text(''), ...cut.map(textDelta)),
        ...ended(),
      ),
    )
    await readStream()
    given.fake.answer(json(message([text(`never tell ${key}`)])))
    await client().messages.create({ ...question, messages: [{ role: 'user', content: `mine is ${key}` }] })
    expect(JSON.stringify(tape.calls)).not.toMatch(/Ab1_/)
    expect(valueOf(tape.calls[0]?.output)).toMatchObject({ withheld: true })
  })

  test('has only the size of an image if images are truncated', async () => {
    trace({ maxPayloadBytes: 2000 })
    given.fake.answer(json(message([text('ok')])))
    const source = { type: 'base64' as const, media_type: 'image/png' as const, data: 'A'.repeat(5000) }
    await client().messages.create({
      ...question,
      messages: [{ role: 'user', content: [{ type: 'image', source }] }],
    })
    expect(tape.call.input).toMatchObject({ truncated: expect.any(Number) })
    expect(JSON.stringify(tape.call)).not.toContain('AAAA')
  })
})

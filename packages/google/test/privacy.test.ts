import { replayCalls } from '@runtape/testing'
import {
  call,
  chunks,
  collect,
  generated,
  json,
  question,
  stream,
  text,
  thought,
} from '@runtape/testing/google'
import { traced } from '@runtape/trace'
import { describe, expect, test } from 'vitest'
import { setUp } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { tape, client, trace } = given
const read = async () => collect(await client().models.generateContentStream(question))

describe('the record of an answer', () => {
  test('has no request or answer if inputs and outputs are not captured', async () => {
    trace({ capture: { input: false, output: false } })
    given.fake.answer(json(generated([text('s3cret')])))
    await client().models.generateContent(question)
    const { input, output, usage, model } = tape.call
    for (const payload of [input, output]) expect(payload).toEqual({ json: '"[redacted]"', redacted: ['$'] })
    expect(usage).toBeDefined()
    expect(model).toBeDefined()
  })

  test('is redacted by the hook in the request, a whole answer and a stream', async () => {
    const redact = (_path: string, value: unknown) =>
      typeof value === 'string' && value.includes('s3cret') ? 'hidden' : value
    trace({ redact })
    given.fake.answer(json(generated([text('a s3cret')])))
    const asked = { model: 'm', contents: 's3cret', config: { systemInstruction: 's3cret' } }
    await client().models.generateContent(asked)
    given.fake.answer(stream(...chunks(text('a s3'), text('cret'))))
    await collect(await client().models.generateContentStream(asked))
    expect(tape.calls).toHaveLength(2)
    for (const { input, output } of tape.calls) {
      expect(JSON.stringify([input, output])).not.toMatch(/s3|cret/)
      expect(JSON.stringify([valueOf(input), valueOf(output)])).toContain('hidden')
    }
  })

  test('holds no secret of function arguments, whole or streamed', async () => {
    const logIn = call('log_in', { password: 's3cret' })
    given.fake.answer(json(generated([logIn])))
    await client().models.generateContent(question)
    given.fake.answer(stream(...chunks(logIn, text(''))))
    expect(JSON.stringify(await read())).toContain('cret')
    expect(JSON.stringify(tape.calls)).not.toContain('cret')
    expect(valueOf(tape.calls[1]?.output)).toMatchObject({ withheld: true, message: expect.anything() })
    const { result } = await replayCalls(
      tape.calls.slice(1),
      traced('test.ask', () => read().catch(String)),
    )
    expect(JSON.stringify(result)).toContain('The recorded model stream contained redacted values')
  })

  test('holds nothing that looks like a key, in text, thoughts or pieces of them', async () => {
    const key = `AIzaSy${'Ab1_'.repeat(8)}0`
    const cut = [key.slice(0, 5), key.slice(5, 20), key.slice(20)]
    given.fake.answer(stream(...chunks(...cut.map(thought), ...cut.map(text))))
    await read()
    given.fake.answer(json(generated([text(`never tell ${key}`)])))
    await client().models.generateContent({ ...question, contents: `mine is ${key}` })
    expect(JSON.stringify(tape.calls)).not.toMatch(/Ab1_/)
    expect(valueOf(tape.calls[0]?.output)).toMatchObject({ withheld: true })
  })
})

import {
  collect,
  completion,
  json,
  question,
  stream,
  streamed,
  textChunks,
  toolCall,
} from '@runtape/testing/openai'
import { describe, expect, test } from 'vitest'
import { setUp } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { tape, client, trace } = given

describe('what is kept of a model call', () => {
  test('is neither request nor answer where inputs and outputs are not captured', async () => {
    trace({ capture: { input: false, output: false } })
    given.fake.answer(json(completion('s3cret')))
    const reply = await client().chat.completions.create(question)
    expect(reply.choices[0]?.message.content).toBe('s3cret')
    const { input, output, usage, model } = tape.call
    for (const payload of [input, output]) expect(payload).toEqual({ json: '"[redacted]"', redacted: ['$'] })
    expect(usage).toBeDefined()
    expect(model).toBeDefined()
  })

  test('is what the redact hook says, in the request, a whole answer and a stream', async () => {
    const hide = (_path: string, value: unknown) =>
      typeof value === 'string' && value.includes('s3cret') ? 'hidden' : value
    trace({ redact: hide })
    const messages = [{ role: 'user' as const, content: 's3cret' }]
    given.fake.answer(json(completion('a s3cret')))
    await client().chat.completions.create({ ...question, messages })
    given.fake.answer(stream(...textChunks('a ', 's3cret')))
    await collect(await client().chat.completions.create({ ...streamed, messages }))
    expect(tape.calls).toHaveLength(2)
    for (const { input, output } of tape.calls) {
      expect(JSON.stringify([input, output])).not.toContain('s3cret')
      expect(JSON.stringify([valueOf(input), valueOf(output)])).toContain('hidden')
    }
  })

  test('holds no secret among the arguments of a tool, which are a text', async () => {
    const text = '{"password":"s3cret"}'
    const tool_calls = [toolCall('call-1', 'log_in', { password: 's3cret' })]
    given.fake.answer(json(completion(null, { tool_calls })))
    const messages = [{ role: 'tool' as const, tool_call_id: 'call-1', content: text }]
    await client().chat.completions.create({ ...question, messages })
    expect(JSON.stringify(tape.call)).not.toContain('s3cret')
    expect(tape.call.input.redacted).toEqual(['$[0].messages[0].content.password'])
  })
})

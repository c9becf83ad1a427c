import { replayCalls } from '@runtape/testing'
import {
  chunk,
  collect,
  completion,
  json,
  named,
  question,
  responseEvents,
  send,
  stream,
  streamed,
  textChunks,
  toolCall,
} from '@runtape/testing/openai'
import { traced } from '@runtape/trace'
import { describe, expect, test } from 'vitest'
import { setUp } from './set-up.ts'
import { valueOf } from './value-of.ts'

const given = setUp()
const { tape, client, trace } = given

describe('the record of a model call', () => {
  test('has no request or answer if inputs and outputs are not captured', async () => {
    trace({ capture: { input: false, output: false } })
    given.fake.answer(json(completion('s3cret')))
    const reply = await client().chat.completions.create(question)
    expect(reply.choices[0]?.message.content).toBe('s3cret')
    const { input, output, usage, model } = tape.call
    for (const payload of [input, output]) expect(payload).toEqual({ json: '"[redacted]"', redacted: ['$'] })
    expect(usage).toBeDefined()
    expect(model).toBeDefined()
  })

  test('is redacted by the hook in the request, a whole answer and a stream', async () => {
    const hide = (_path: string, value: unknown) =>
      typeof value === 'string' && value.includes('s3cret') ? 'hidden' : value
    trace({ redact: hide })
    const messages = [{ role: 'user' as const, content: 's3cret' }]
    given.fake.answer(json(completion('a s3cret')))
    await client().chat.completions.create({ ...question, messages })
    given.fake.answer(stream(...textChunks('a s3', 'cret')))
    await collect(await client().chat.completions.create({ ...streamed, messages }))
    expect(tape.calls).toHaveLength(2)
    for (const { input, output } of tape.calls) {
      expect(JSON.stringify([input, output])).not.toMatch(/s3|cret/)
      expect(JSON.stringify([valueOf(input), valueOf(output)])).toContain('hidden')
    }
  })

  test('holds no secret of tool arguments, which are JSON text', async () => {
    const text = '{"password":"s3cret"}'
    const tool_calls = [toolCall('call-1', 'log_in', { password: 's3cret' })]
    given.fake.answer(json(completion(null, { tool_calls })))
    const messages = [{ role: 'tool' as const, tool_call_id: 'call-1', content: text }]
    await client().chat.completions.create({ ...question, messages })
    expect(JSON.stringify(tape.call)).not.toContain('s3cret')
    expect(tape.call.input.redacted).toEqual(['$[0].messages[0].content.password'])
  })

  test('holds no secret of streamed tool arguments, and none of their events', async () => {
    const call = { index: 0, id: 'call-1', type: 'function', function: { name: 'log_in', arguments: '' } }
    const rest = ['{"password":"s3', 'cret"}'].map(part => ({ index: 0, function: { arguments: part } }))
    const deltas = [call, ...rest].map(one => chunk({ tool_calls: [one] }))
    given.fake.answer(stream(...deltas, chunk({}, 'tool_calls')))
    const read = async () => collect(await client().chat.completions.create(streamed))
    expect(JSON.stringify(await read())).toContain('cret')
    expect(JSON.stringify(tape.call)).not.toContain('cret')
    expect(valueOf(tape.call.output)).toMatchObject({ withheld: true, message: expect.anything() })
    const { result } = await replayCalls(
      tape.calls,
      traced('test.ask', () => read().catch(String)),
    )
    expect(result).toContain('The recorded model stream contained redacted values')
  })

  test('holds nothing that looks like a secret, in question, answer or streamed pieces', async () => {
    const key = `sk-proj-${'Ab1_'.repeat(10)}`
    const messages = [{ role: 'user' as const, content: `my key is ${key}.` }]
    given.fake.answer(json(completion(`never tell ${key}`)))
    const reply = await client().chat.completions.create({ ...question, messages })
    expect(reply.choices[0]?.message.content).toContain(key)
    given.fake.answer(stream(...textChunks('never tell sk-pr', `${key.slice(5, 20)}`, key.slice(20))))
    expect(JSON.stringify(await collect(await client().chat.completions.create(streamed)))).toContain('sk-pr')
    given.fake.answer(reply => send(reply, responseEvents(['to sk', key.slice(2, 9), key.slice(9)])))
    await collect(await client().responses.create({ model: 'm', input: 'q', stream: true }))
    given.fake.answer(reply => send(reply, [`data: no JSON, but ${key}\n\n`]))
    await collect(await client().chat.completions.create(streamed)).catch(() => {})
    expect(JSON.stringify(tape.calls)).not.toMatch(/Ab1_/)
    const [whole, ...streams] = tape.calls.map(({ output }) => valueOf(output))
    expect(tape.calls[0]?.input.redacted).toEqual(['$[0].messages[0].content'])
    expect(JSON.stringify(whole)).toContain('never tell [redacted]')
    for (const output of streams) expect(output).toMatchObject({ withheld: true })
  })

  test('holds no event of a stream with a secret outside its aggregate', async () => {
    const secret = { type: 'response.created', response: { model: 'm', metadata: { api_key: 's3cret' } } }
    given.fake.answer(reply => send(reply, [named(secret), ...responseEvents(['a'])]))
    await collect(await client().responses.create({ model: 'm', input: 'q', stream: true }))
    given.fake.answer(stream(chunk({ content: 'a', note: { password: 's3cret' } })))
    await collect(await client().chat.completions.create(streamed))
    expect(tape.calls.map(({ output }) => valueOf(output))).toMatchObject([
      { withheld: true, output: expect.anything() },
      { withheld: true, message: { content: 'a' } },
    ])
    expect(JSON.stringify(tape.calls)).not.toContain('s3cret')
  })

  test('holds nothing that the redact hook removes from a named event, stored as text', async () => {
    trace({ redact: (path, value) => (path.endsWith('.metadata.plan') ? 'hidden' : value) })
    const created = {
      type: 'response.created',
      response: { metadata: { plan: 's3cret', api_key: 's3cret' } },
    }
    given.fake.answer(reply => send(reply, [named(created), ...responseEvents(['a'])]))
    await collect(await client().responses.create({ model: 'm', input: 'q', stream: true }))
    expect(JSON.stringify(tape.call)).not.toContain('s3cret')
    expect(valueOf(tape.call.output)).toMatchObject({ withheld: true, output: expect.anything() })
  })

  test('holds no secret of tool arguments in a stream that breaks', async () => {
    const type = 'response.function_call_arguments.delta'
    const deltas = ['{"passw', 'ord":"s3', 'cret"'].map(delta => ({ type, item_id: 'i', delta }))
    given.fake.answer(reply => send(reply, deltas.map(named)))
    await collect(await client().responses.create({ model: 'm', input: 'q', stream: true }))
    expect(JSON.stringify(tape.call)).not.toMatch(/s3|cret/)
    expect(valueOf(tape.call.output)).toMatchObject({ withheld: true })
  })
})

import { createRecorder } from '@runtape/recorder'
import { replay } from '@runtape/replay'
import { memoryStore } from '@runtape/testing'
import { completion, inTurn, json, toolCall } from '@runtape/testing/openai'
import { currentSpan, traced } from '@runtape/trace'
import type { Telemetry } from 'ai'
import { describe, expect, test } from 'vitest'
import { runtapeTelemetry } from '../src/index.ts'
import { weather } from './cases/request-cases.ts'
import { setUp } from './set-up.ts'

const given = setUp()
const { tape } = given
const lookUp = traced('test.look-up', async (city: string) => ({ city, celsius: 21 }))
const inner = { ...weather, execute: async ({ city }: { city: string }) => lookUp(city) }

const ask = (tools: object, telemetry: object = { integrations: runtapeTelemetry() }) => {
  const call = toolCall('call_1', 'weather', { city: 'Bern' })
  given.host.answer(inTurn(json(completion(null, { tool_calls: [call] })), json(completion('ok'))))
  const { ai, instrumented } = { ai: given.sdk.ai, instrumented: given.instrumented }
  const all = {
    model: instrumented.chat,
    prompt: 'Warm?',
    tools: tools as never,
    stopWhen: ai.stepCountIs(3),
  }
  return ai.generateText({ ...all, telemetry } as never)
}
const toolSpans = () => tape.spans.filter(({ key }) => key === 'ai-sdk.tool')

describe('runtapeTelemetry', () => {
  test('records a tool that nothing else records, and the calls in it', async () => {
    await ask({ weather: inner })
    const [span, ...more] = toolSpans()
    expect(more).toEqual([])
    expect(span).toMatchObject({ name: 'weather', type: 'tool', status: 'ok' })
    expect(JSON.parse(span?.input.json ?? '')).toEqual([{ city: 'Bern' }])
    expect(JSON.parse(span?.output?.json ?? '')).toEqual({ city: 'Bern', celsius: 21 })
    expect(tape.spans.find(({ key }) => key === 'test.look-up')?.parentSpanId).toBe(span?.spanId)
  })

  test('records the error of a tool, which the model also sees', async () => {
    const broken = { ...weather, execute: async () => Promise.reject(new TypeError('no thermometer')) }
    await ask({ weather: broken })
    expect(toolSpans()).toMatchObject([
      { status: 'error', error: { name: 'TypeError', message: 'no thermometer' } },
    ])
  })

  test.each([
    ['of tracedTools', () => given.instrumented.tools({ weather })],
    ['that is traced by hand', () => ({ weather: { ...weather, execute: lookUp } })],
  ])('leaves a tool %s to its own tracing', async (_, tools) => {
    await ask(tools())
    expect(tape.spans.filter(({ type, key }) => type === 'tool' || key === 'test.look-up')).toHaveLength(1)
  })

  test('records nothing with recordInputs: false', async () => {
    await ask({ weather }, { integrations: runtapeTelemetry(), recordInputs: false })
    expect(toolSpans()).toEqual([])
  })
})

test('calls that runtapeTelemetry recorded cannot be served, and are misses', async () => {
  const store = memoryStore()
  const recorder = createRecorder({ store })
  given.trace({ sink: recorder })
  let ran = 0
  const counting = { ...weather, execute: async () => ++ran }
  const root = traced('test.root', async () => (await ask({ weather: counting })).text)
  await root()
  await recorder.close()
  const { items } = await replay(root, { store, mock: 'all' })
  expect(ran).toBe(1)
  expect(items[0]?.outcome).toBe('failed')
  expect(items[0]?.mocks.missed).toMatchObject([
    { reason: expect.stringContaining('Give the tool to tracedTools()') },
  ])
})

describe('other telemetry integrations', () => {
  test('receive the same events as without ours', async () => {
    const told = async (isInstrumented: boolean) => {
      const events: unknown[] = []
      const note = (name: string) => (event: object) => void events.push([name, Object.keys(event).sort()])
      const other: Telemetry = {
        onStart: note('start'),
        onLanguageModelCallStart: note('call'),
        onLanguageModelCallEnd: note('answer'),
        onToolExecutionEnd: note('tool'),
        onEnd: note('end'),
        executeTool: ({ execute }) => {
          events.push(currentSpan()?.spanId === undefined)
          return execute()
        },
      }
      const call = toolCall('call_1', 'weather', { city: 'Bern' })
      given.host.answer(inTurn(json(completion(null, { tool_calls: [call] })), json(completion('ok'))))
      const { ai } = given.sdk
      const { chat: model, tools } = isInstrumented ? given.instrumented : given.bare
      const all = { model, prompt: 'Warm?', tools: tools({ weather }), stopWhen: ai.stepCountIs(3) }
      await ai.generateText({ ...all, telemetry: { integrations: other } })
      return events
    }
    expect(await told(true)).toEqual(await told(false))
    expect(tape.calls).toHaveLength(2)
  })
})

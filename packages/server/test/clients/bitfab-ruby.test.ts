import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { start } from './bitfab.ts'
import { type RubyCall, rubyReplay, sendCall, serialized } from './bitfab-ruby.ts'

const lookup = (output: unknown): RubyCall => ({ key: 'agent', name: 'lookup', input: ['x'], output })
/** Calls of one key and name, on two levels: mocks are found by their number, depth first. */
const agent = (question: string): RubyCall => ({
  ...{ key: 'agent', name: 'answer', input: [question], output: `${question}!` },
  calls: [
    { key: 'agent', name: 'plan', input: [], output: ['plan'], calls: [lookup('first'), lookup('second')] },
    lookup('third'),
  ],
})

describe("the Ruby client's requests", () => {
  test('record and replay a method, with its values in its own form, and mocks by number', async () => {
    const server = await start()
    for (const question of ['a', 'b'])
      await sendCall(server, agent(question), { traceId: `ruby ${question}` })
    const seen: unknown[] = []
    const { items, missing, testRunId } = await rubyReplay(
      server,
      { traceFunctionKey: 'agent', limit: 5, codeChangeDescription: 'why', experimentGroupId: 'g' },
      ([question], mocks) => {
        seen.push([...mocks])
        return { ...agent(String(question)), output: question === 'a' ? 'a!' : 'other' }
      },
    )
    expect(items).toMatchObject([
      { input: ['b'], serialized: serialized(['b']), original: 'b!' },
      { input: ['a'], serialized: serialized(['a']), original: 'a!' },
    ])
    expect(missing).toBe(0)
    expect(seen[0]).toEqual([
      ['agent:plan:0', ['plan']],
      ['agent:lookup:0', 'first'],
      ['agent:lookup:1', 'second'],
      ['agent:lookup:2', 'third'],
    ])
    const kept = await Promise.all(items.map(({ traceId }) => server.store.traces.get(String(traceId))))
    expect(kept.map(trace => trace?.spans.length)).toEqual([5, 5])
    expect(await server.store.testRuns.get(testRunId)).toMatchObject({
      ...{ status: 'completed', experimentGroupId: 'g', items: { recorded: 2, same: 1, changed: 1 } },
    })
  })

  test('tell it which traces are missing: it raises if all are, and warns if some are', async () => {
    const server = await start()
    for (const question of ['a', 'b'])
      await sendCall(server, agent(question), { traceId: `ruby ${question}` })
    const only =
      (wanted: string) =>
      ([question]: readonly unknown[]) =>
        question === wanted ? agent(wanted) : undefined
    const some = await rubyReplay(server, { traceFunctionKey: 'agent', limit: 5 }, only('a'))
    expect([some.missing, some.completed.traceCount, some.completed.missing]).toEqual([
      1,
      1,
      [expect.any(String)],
    ])
    expect(await server.store.testRuns.get(some.testRunId)).toMatchObject({ cutShort: true })
    await expect(rubyReplay(server, { traceFunctionKey: 'agent', limit: 5 }, only('none'))).rejects.toThrow(
      'no persisted trace',
    )
  })

  test('that are late change the test run after its end', async () => {
    const server = await start()
    await sendCall(server, agent('a'), { traceId: 'ruby a' })
    const { body } = await server.send('replay/start', { traceFunctionKey: 'agent' })
    const complete = () => server.send('replay/complete', { testRunId: body.testRunId })
    expect((await complete()).body).toMatchObject({ traceIds: {}, traceCount: 0 })
    const [{ traceId, externalSpanId: spanId }] = body.items
    const late = { traceId: 'late', testRunId: body.testRunId, source: { spanId, traceId } }
    await sendCall(server, agent('a'), late)
    expect((await complete()).body).toMatchObject({ traceIds: { late: expect.any(String) }, traceCount: 1 })
    expect(await server.store.testRuns.get(body.testRunId)).toMatchObject({ items: { same: 1 } })
  })

  test('about what the server does not have are refused with the reason', async () => {
    const { send, get } = await start()
    const none = `${'0'.repeat(32)}.${'0'.repeat(16)}`
    expect((await get(`externalSpans/${none}`)).status).toBe(404)
    expect((await get(`replay/spanTree/${none}`)).status).toBe(404)
    expect((await get('externalSpans/s1')).body.error).toContain('"s1" is no id of a span here')
    expect((await send('replay/complete', { testRunId: 'none' })).status).toBe(404)
    const wrong = [
      { limit: 0 },
      { limit: '5' },
      { traceIds: 'a' },
      { codeChangeFiles: [{}] },
      { traceFunctionKey: 7 },
    ]
    for (const fields of wrong)
      expect((await send('replay/start', { traceFunctionKey: 'agent', ...fields })).status).toBe(400)
  })
})

interface Recorded {
  readonly method: string
  readonly url: string
  readonly body: Readonly<Record<string, unknown>>
}

test('the recorded requests of bitfab 0.12.2 are answered, and its replay is a test run', async () => {
  const file = new URL('./bitfab-0.12.2.json', import.meta.url)
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as Recorded[]
  const { send, get, store } = await start()
  // The ids that its stub made up.
  const real: Record<string, string> = {}
  const withReal = (value: unknown) =>
    Object.entries(real).reduce(
      (text, [id, ours]) => text.replaceAll(`"${id}"`, `"${ours}"`),
      JSON.stringify(value),
    )
  for (const { method, url, body } of recorded) {
    const path = url.replace('/api/sdk/', '').replace(/s1$/, () => real.s1 ?? '')
    const { status, body: answer } =
      method === 'GET' ? await get(path) : await send(path, JSON.parse(withReal(body)))
    expect([url, status]).toEqual([url, 200])
    if (path === 'replay/start')
      Object.assign(real, {
        s1: answer.items[0].externalSpanId,
        t1: answer.items[0].traceId,
        'tr-1': answer.testRunId,
      })
    if (path === 'replay/complete')
      expect(answer).toMatchObject({
        traceIds: { '8e3dca39-7efc-4729-8892-298ef76a17b8': expect.any(String) },
      })
  }
  const [testRun] = (await store.testRuns.list({})).items
  expect(testRun).toMatchObject({ status: 'completed', key: 'agent', items: { recorded: 1 } })
})

test('a replay of a test run that the server does not have is kept, and the client hears of it', async () => {
  const server = await start()
  const { send, store } = server
  const rawSpan = {
    ...{
      id: 'r',
      trace_id: 't',
      started_at: '2026-11-29T18:08:43.597Z',
      ended_at: '2026-11-29T18:08:43.600Z',
    },
    ...{ span_data: { name: 'root', type: 'agent', input: [], output: 1 }, input_source_span_id: 's1' },
  }
  const { status, body } = await send('externalSpans', {
    traceFunctionKey: 'agent',
    rawSpan,
    testRunId: 'tr-1',
  })
  expect([status >= 400, typeof body.error]).toEqual([true, 'string'])
  expect((await store.traces.list({ testRunId: 'tr-1' })).items).toHaveLength(1)
})

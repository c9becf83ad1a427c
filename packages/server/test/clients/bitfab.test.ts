import { describe, expect, test } from 'vitest'
import { start } from './bitfab.ts'

/** A span as clients send it. */
const span = (raw: Readonly<Record<string, unknown>> = {}, data: Readonly<Record<string, unknown>> = {}) => ({
  ...{
    type: 'sdk-function',
    source: 'typescript-sdk-function',
    sourceTraceId: 't',
    traceFunctionKey: 'agent',
  },
  rawSpan: {
    ...{
      id: 'root',
      trace_id: 't',
      started_at: '2026-11-29T18:08:43.597Z',
      ended_at: '2026-11-29T18:08:43.600Z',
    },
    span_data: { name: 'root', type: 'agent', input: ['q'], output: 1, ...data },
    ...raw,
  },
})
const child = (id: string, parent = 'root') => span({ id, parent_id: parent }, { name: id, type: 'tool' })

describe('spans of Bitfab', () => {
  test('are one trace, whose children come first', async () => {
    const { store, send } = await start()
    await send('externalSpans', child('grandchild', 'child'))
    await send('externalSpans', child('child'))
    expect((await store.traces.list({})).items).toEqual([])
    const { body } = await send('externalSpans', span())
    const trace = await store.traces.get(String(body.externalTraceId))
    expect(trace?.spans.map(({ name }) => name)).toEqual(['root', 'child', 'grandchild'])
  })

  test('are duplicates if they are sent again, and conflicts if they differ', async () => {
    const { store, send } = await start()
    expect((await send('externalSpans', span())).body.status).toBe('accepted')
    expect((await send('externalSpans', span())).body.status).toBe('duplicate')
    const { status, body } = await send('externalSpans', span({}, { output: 2 }))
    expect([status, body.code]).toEqual([409, 'conflict'])
    expect((await store.traces.list({})).items).toHaveLength(1)
    expect((await store.health.get()).counts).toMatchObject([{ kind: 'conflict' }])
  })

  test('that cannot be understood are refused with the reason, as a text', async () => {
    const { store, send } = await start()
    const wrong = [
      ...[null, [], 'x', {}, { ...span(), rawSpan: {} }, { ...span(), sourceTraceId: 'other' }],
      ...[
        span({ id: 7 }),
        span({ id: 'x'.repeat(1001) }),
        span({ started_at: 'now' }),
        span({ span_data: [] }),
      ],
      ...[span({ ended_at: '2025-11-29T18:08:43.600Z' }), span({ parent_id: {} })],
    ]
    for (const body of wrong) {
      const answer = await send('externalSpans', body)
      expect([answer.status, typeof answer.body.error]).toEqual([400, 'string'])
    }
    expect((await store.traces.list({})).items).toEqual([])
  })

  test.each([
    [{ values: { a: [['class', 'Money']] } }, 'Money'],
    [{ values: { missing: ['Date'] }, v: 1 }, 'missing'],
    [{ values: { '__proto__.x': ['Date'] }, v: 1 }, '__proto__'],
    [{ values: 7 }, 'meta'],
    [{ values: { a: ['map'] }, v: 1 }, 'map'],
    [{ values: { a: [[]] }, v: 1 }, 'type'],
    [{ referentialEqualities: { a: ['b'] }, v: 1 }, 'same object'],
    ['meta', 'meta'],
  ])('keep the value and say what is lost of it: %j', async (output_meta, lost) => {
    const { store, send } = await start()
    const { body } = await send('externalSpans', span({}, { output: { a: 1, b: 1 }, output_meta }))
    const root = (await store.traces.get(String(body.externalTraceId)))?.root
    expect(root?.output?.json).toBe('{"a":1,"b":1}')
    expect(root?.output?.lossy?.join()).toContain(lost)
  })
})

test('functions that Bitfab hosts are refused', async () => {
  const { send } = await start()
  for (const path of ['functions/lookup', 'functions/f/traces'])
    expect(await send(path, { name: 'f' })).toMatchObject({ status: 404, body: { code: 'not-found' } })
})

test('the end of a trace names what is not kept of it', async () => {
  const { send } = await start()
  const externalTrace = { id: 't', metadata: { a: 1 } }
  const { body } = await send('externalTraces', { externalTrace, completed: true, sessionId: 's' })
  expect(body.notKept).toEqual(['sessionId', 'metadata'])
  expect((await send('externalTraces', { externalTrace: {} })).status).toBe(400)
})

import type { CallValue, RunEvent } from '@runtape/core'
import { replayCalls } from '@runtape/testing'
import {
  breakAfter,
  collect,
  type HostRequest,
  inTurn,
  json,
  type Reply,
  response,
  responseEvents,
  send,
} from '@runtape/testing/openai'
import { traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import type OpenAI from 'openai'
import { AzureOpenAI } from 'openai'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { instrumentOpenAI } from '../src/index.ts'
import { openai5, openai6, openai7 } from './sdks.ts'
import { setUp } from './set-up.ts'

const given = setUp()
const { tape } = given
const question = { model: 'gpt-test', input: 'Wie spät ist es?', background: true } as const
const tokens = { input: 20, output: 9, total: 29, cachedInput: 16, reasoning: 4 }

let made = 0
/** A background response with a unique id. */
function inBackground() {
  const id = `resp_${++made}`
  const at = (status: string, more: object = {}) =>
    response(status === 'completed' ? 'Halb zwölf.' : '', { id, status, background: true, ...more })
  const open = (status: string) => at(status, { usage: null, output: [] })
  return { id, at, queued: open('queued'), running: open('in_progress'), done: at('completed') }
}

const newRun = () => createTracker({ sink: tape, configKey: 'test' })
const callsOf = (runId: string): RunEvent[] =>
  tape.events.filter(event => event.runId === runId && event.metric.startsWith('call:'))
const usages = (runId: string) => callsOf(runId).map(({ value }) => (value as CallValue).usage)
const eventsOf = (id: string) =>
  responseEvents(['Halb ', 'zwölf.'], { id, background: true }).map(event =>
    event.replaceAll('"id":"resp_1"', `"id":"${id}","background":true`),
  )
const startingAt =
  (event: number, id: string): Reply =>
  reply =>
    send(reply, eventsOf(id).slice(event))

afterEach(() => vi.useRealTimers())

describe.each([openai5, openai6, openai7])('a background response, openai $version', sdk => {
  const newClient = () =>
    instrumentOpenAI(new sdk.OpenAI({ apiKey: 'sk-test', baseURL: given.fake.url }) as unknown as OpenAI)

  test('is one call of the run, with the usage of the final polled answer', async () => {
    const { id, queued, running, done } = inBackground()
    given.fake.answer(inTurn(json(queued), json(queued), json(running), json(done)))
    const run = newRun()
    await run.run(async () => {
      const client = newClient()
      let answer = await client.responses.create(question)
      while (answer.status === 'queued' || answer.status === 'in_progress')
        answer = await client.responses.retrieve(id)
      expect(answer.output_text).toBe('Halb zwölf.')
    })
    expect(usages(run.runId)).toEqual([tokens])
    expect(run.getSummary()).toMatchObject({ tokens, outcome: { status: 'success' } })
    expect(tape.calls.map(({ key, usage }) => [key, usage?.total])).toEqual([
      ['openai.responses', undefined],
      ['openai.responses.retrieve', undefined],
      ['openai.responses.retrieve', undefined],
      ['openai.responses.retrieve', 29],
    ])
  })

  test('that is polled after its run, outside of it, and twice, is billed once and in its run', async () => {
    const { id, queued, done } = inBackground()
    given.fake.answer(inTurn(json(queued), json(done)))
    const run = newRun()
    const client = newClient()
    await run.run(() => client.responses.create(question))
    expect(run.getSummary()).toMatchObject({ outcome: { status: 'success' } })
    expect(run.getSummary().tokens).toBeUndefined()
    expect(callsOf(run.runId)).toEqual([])
    await client.responses.retrieve(id)
    const other = newRun()
    await other.run(() => client.responses.retrieve(id))
    expect(usages(run.runId)).toEqual([tokens])
    expect(callsOf(other.runId)).toEqual([])
    expect(tape.calls.map(({ usage }) => usage?.total)).toEqual([undefined, 29, undefined])
  })

  test('whose stream breaks is one call, with the usage of the resumed stream', async () => {
    const { id } = inBackground()
    given.fake.answer(inTurn(breakAfter(...eventsOf(id).slice(0, 6)), startingAt(6, id)))
    const run = newRun()
    await run.run(async () => {
      const client = newClient()
      const { error } = await collect(await client.responses.create({ ...question, stream: true }))
      expect(error).toBeDefined()
      const { items } = await collect(
        await client.responses.retrieve(id, { stream: true, starting_after: 5 }),
      )
      expect(items.at(-1)).toMatchObject({ type: 'response.completed' })
    })
    expect(usages(run.runId)).toEqual([tokens])
    expect(callsOf(run.runId)).toMatchObject([{ value: { status: 'success' } }])
    expect(given.fake.requests[1]?.path).toBe(`/v1/responses/${id}?stream=true&starting_after=5`)
  })

  test('that is cancelled is one cancelled call', async () => {
    const { id, queued, at } = inBackground()
    given.fake.answer(inTurn(json(queued), json(at('cancelled', { usage: null }))))
    const run = newRun()
    await run.run(async () => {
      await newClient().responses.create(question)
      await newClient().responses.cancel(id)
    })
    expect(callsOf(run.runId)).toMatchObject([{ value: { status: 'cancelled' } }])
    expect(usages(run.runId)).toEqual([undefined])
  })
})

test('a failed or incomplete response ends its call with that status', async () => {
  const failing = inBackground()
  const cut = inBackground()
  const error = { code: 'server_error', message: 'no luck' }
  given.fake.answer(
    inTurn(
      json(failing.queued),
      json(failing.at('failed', { error })),
      json(cut.queued),
      json(cut.at('incomplete', { incomplete_details: { reason: 'max_output_tokens' } })),
    ),
  )
  const run = newRun()
  await run.run(async () => {
    for (const { id } of [failing, cut]) {
      await given.client().responses.create(question)
      await given.client().responses.retrieve(id)
    }
  })
  expect(callsOf(run.runId)).toMatchObject([
    { value: { status: 'error', error: { message: 'no luck' }, usage: tokens } },
    { value: { status: 'success', usage: tokens } },
  ])
})

test('concurrent runs each get their own answers, in any order', async () => {
  const answers = [inBackground(), inBackground(), inBackground()]
  const byId = new Map(answers.map(answer => [answer.id, answer]))
  let posts = 0
  const reply: Reply = (raw, seen: HostRequest, index) => {
    const id = seen.path.split('/').at(-1) ?? ''
    return json(byId.get(id)?.done ?? answers[posts++]?.queued)(raw, seen, index)
  }
  given.fake.answer(reply)
  const runs = answers.map(newRun)
  const ids = await Promise.all(
    runs.map(run => run.run(async () => (await given.client().responses.create(question)).id)),
  )
  await Promise.all(ids.toReversed().map(id => given.client().responses.retrieve(id)))
  expect(runs.map(({ runId }) => usages(runId))).toEqual([[tokens], [tokens], [tokens]])
})

test('a background answer without `background: true` is found by its id', async () => {
  const { id, queued, done } = inBackground()
  const silent = (body: object) => json({ ...body, background: undefined })
  given.fake.answer(inTurn(silent(queued), silent(done)))
  const run = newRun()
  await run.run(() => given.client().responses.create(question))
  await given.client().responses.retrieve(id)
  expect(usages(run.runId)).toEqual([tokens])
})

test('an answer that another process started counts once, for the run that polls it', async () => {
  const { id, done, running } = inBackground()
  given.fake.answer(inTurn(json(running), json(done)))
  const run = newRun()
  await run.run(async () => {
    await given.client().responses.retrieve(id)
    await given.client().responses.retrieve(id)
    await given.client().responses.retrieve(id)
  })
  expect(usages(run.runId)).toEqual([tokens])
  expect(callsOf(run.runId).map(({ metric }) => metric)).toEqual([`call:${id}`])
})

test('reading a stored response that was not a background response is no call', async () => {
  given.fake.answer(json(response('Halb zwölf.', { id: 'resp_stored', background: false })))
  const run = newRun()
  await run.run(() => given.client().responses.retrieve('resp_stored'))
  expect(callsOf(run.runId)).toEqual([])
  expect(tape.call.usage).toBeUndefined()
})

test('reading an answer whose own stream was complete does not count it again', async () => {
  const { id, done } = inBackground()
  given.fake.answer(inTurn(startingAt(0, id), json(done)))
  const run = newRun()
  await run.run(async () => {
    await collect(await given.client().responses.create({ ...question, stream: true }))
    await given.client().responses.retrieve(id)
  })
  expect(usages(run.runId)).toEqual([tokens])
})

test('a failed poll does not end the call, and its retries are one span', async () => {
  const { id, queued, done } = inBackground()
  const busy = json({ error: { message: 'busy' } }, 503, { 'retry-after-ms': '1' })
  given.fake.answer(inTurn(json(queued), json({ error: {} }, 404), busy, json(done)))
  const run = newRun()
  await run.run(async () => {
    const client = given.client()
    await client.responses.create(question)
    await client.responses.retrieve(id).catch(() => {})
    await client.responses.retrieve(id)
  })
  expect(usages(run.runId)).toEqual([tokens])
  expect(tape.calls.map(({ status, metadata }) => [status, metadata?.attempts])).toEqual([
    ['ok', 1],
    ['error', 1],
    ['ok', 2],
  ])
})

test('Azure polls at another path', async () => {
  const { id, queued, done } = inBackground()
  given.fake.answer(inTurn(json(queued), json(done)))
  const endpoint = given.fake.url.replace('/v1', '')
  const client = instrumentOpenAI(
    new AzureOpenAI({ apiKey: 'key', apiVersion: '2025-04-01-preview', endpoint }),
  )
  const run = newRun()
  await run.run(() => client.responses.create(question))
  await client.responses.retrieve(id)
  expect(given.fake.requests[1]?.path).toBe(`/openai/responses/${id}?api-version=2025-04-01-preview`)
  expect(usages(run.runId)).toEqual([tokens])
})

test('the call is recorded without a trace, too', async () => {
  const { id, queued, done } = inBackground()
  given.fake.answer(inTurn(json(queued), json(done)))
  const { configureTracing } = await import('@runtape/trace')
  configureTracing(undefined)
  const run = newRun()
  await run.run(() => given.client().responses.create(question))
  await given.client().responses.retrieve(id)
  expect(usages(run.runId)).toEqual([tokens])
})

test('a replay answers the request and each poll from the tape, in order', async () => {
  const { id, queued, running, done } = inBackground()
  given.fake.answer(inTurn(json(queued), json(running), json(done)))
  const program = traced('test.program', async () => {
    const seen: unknown[] = []
    const run = newRun()
    await run.run(async () => {
      const client = given.client()
      let answer = await client.responses.create(question)
      for (; answer.status !== 'completed'; answer = await client.responses.retrieve(id))
        seen.push(answer.status)
    })
    return [...seen, run.getSummary().tokens]
  })
  const live = await program()
  const { calls } = tape
  const recorded = calls.filter(({ key }) => key.startsWith('openai.'))
  given.fake.answer(json({}, 500))
  expect((await replayCalls(recorded, program)).result).toEqual(live)
  expect(live).toEqual(['queued', 'in_progress', tokens])
  expect(given.fake.requests).toEqual([])
})

test('a queued stream that broke is resumed even if its events were too large to store', async () => {
  const { id } = inBackground()
  const told = eventsOf(id).map(event => event.replaceAll('"background":true', '"background":null'))
  const queued = told[0]?.replace('"status":"in_progress"', '"status":"queued"') ?? ''
  given.trace({ maxPayloadBytes: 0 })
  given.fake.answer(inTurn(breakAfter(queued, ...told.slice(1, 6)), startingAt(6, id)))
  const run = newRun()
  await run.run(async () => {
    const client = given.client()
    await collect(await client.responses.create({ ...question, stream: true }))
    await collect(await client.responses.retrieve(id, { stream: true, starting_after: 5 }))
  })
  expect(usages(run.runId)).toEqual([tokens])
})

test('a stream that breaks without background: true is a failed call at once', async () => {
  given.fake.answer(breakAfter(...responseEvents(['a', 'b']).slice(0, 6)))
  const run = newRun()
  await run.run(async () =>
    collect(await given.client().responses.create({ ...question, background: false, stream: true })),
  )
  expect(callsOf(run.runId)).toMatchObject([{ value: { status: 'error' } }])
})

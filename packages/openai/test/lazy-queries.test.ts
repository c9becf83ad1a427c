import { completion, json } from '@runtape/testing/openai'
import { currentSpan, traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { integer, sqliteTable } from 'drizzle-orm/sqlite-core'
import { drizzle } from 'drizzle-orm/sqlite-proxy'
import knex from 'knex'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { setUp } from './set-up.ts'

const given = setUp()
const tokens = { input: 20, output: 9, total: 29, cachedInput: 16, reasoning: 4 }

/** A driver that calls a model and a tool before it returns rows. */
const lookUp = traced('driver.look-up', { type: 'tool' }, async () => 1)
async function drive(): Promise<number> {
  await given.client().chat.completions.create({ model: 'gpt-test', messages: [] })
  return lookUp()
}

const items = sqliteTable('items', { id: integer('id') })

/** A dialect whose rows come from `drive`. */
class Driven extends knex.Client {
  override acquireRawConnection = async () => ({})
  override destroyRawConnection = async () => {}
  async _query(_connection: unknown, query: object) {
    return { ...query, response: [{ id: await drive() }] }
  }
  processResponse({ response }: { response: unknown }) {
    return response
  }
}
Object.assign(Driven.prototype, { dialect: 'driven', driverName: 'driven', _driver: () => ({}) })

/** Like Mongoose's queries: awaiting them calls their own `exec` method. */
class Query implements PromiseLike<{ id: number }[]> {
  exec = async () => [{ id: await drive() }]
  // biome-ignore lint/suspicious/noThenProperty: such classes have one.
  then: PromiseLike<{ id: number }[]>['then'] = (...handlers) => this.exec().then(...handlers)
  catch = (onRejected: (error: unknown) => never) => this.exec().catch(onRejected)
  finally = (onFinally: () => void) => this.exec().finally(onFinally)
}

const database = drizzle(async () => ({ rows: [[await drive()]] }))
const queries = knex({ client: Driven as never, connection: {} })
const builders: [string, () => PromiseLike<{ id: number | null }[]>][] = [
  ['drizzle', () => database.select().from(items)],
  ['knex', () => queries('items').select('id')],
  ['a query that runs by its own method', () => new Query()],
]

/** Without those of earlier tests' queries that nobody awaited, which end when they are collected. */
const awaited = () => given.tape.spans.filter(({ status }) => status !== 'abandoned')

beforeEach(() => given.fake.answer(json(completion('ok'))))
afterAll(() => queries.destroy())

describe.each(builders)('a returned lazy query of %s', (_, query) => {
  type Full = Promise<{ id: number | null }[]>

  test.each<[string, (lazy: PromiseLike<{ id: number | null }[]>) => PromiseLike<unknown>]>([
    ['await', lazy => lazy],
    ['then', lazy => lazy.then(rows => rows)],
    ['catch', lazy => (lazy as Full).catch(() => [])],
    ['finally', lazy => (lazy as Full).finally(() => {})],
    ['Promise.all', async lazy => (await Promise.all([lazy]))[0]],
    ['an async function', lazy => (async () => lazy)()],
  ])('has its model call in the run, awaited by %s', async (_how, ask) => {
    const tracker = createTracker({ configKey: 'support', sink: given.tape })
    expect(await ask(tracker.run(query))).toEqual([{ id: 1 }])
    expect(tracker.getSummary()).toMatchObject({ tokens, outcome: { status: 'success' } })
  })

  test('has its children in the span', async () => {
    const find = traced('items.find', query)
    expect(await find()).toEqual([{ id: 1 }])
    const parent = awaited().find(({ key }) => key === 'items.find')
    const children = awaited().filter(({ parentSpanId }) => parentSpanId === parent?.spanId)
    expect(children.map(({ key }) => key).sort()).toEqual(['driver.look-up', 'openai.chat.completions'])
  })

  test('runs the code that awaits it outside of its span and its run', async () => {
    const find = traced('items.find', query)
    const tracker = createTracker({ configKey: 'support', sink: given.tape })
    const seen = await find().then(() => currentSpan()?.spanId ?? 'none')
    expect(seen).toBe('none')
    await tracker.run(query).then(() => drive())
    expect(tracker.getSummary().tokens).toEqual(tokens)
  })

  test('that runs again belongs to the code that runs it', async () => {
    const find = traced('items.find', query)
    const lazy = find()
    await lazy
    const before = awaited().length
    await traced('again', async () => void (await lazy))()
    const [again] = awaited()
      .slice(before)
      .filter(({ key }) => key === 'again')
    const parents = awaited()
      .slice(before)
      .filter(one => one !== again)
    expect(new Set(parents.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([again?.spanId]))
  })

  test('is not started by returning it', async () => {
    const tracker = createTracker({ configKey: 'support', sink: given.tape })
    tracker.run(query)
    traced('items.find', query)()
    await new Promise(resolve => setTimeout(resolve, 5))
    expect(given.fake.requests).toEqual([])
  })
})

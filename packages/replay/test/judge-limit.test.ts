import { expect, test } from 'vitest'
import { judge, replay } from '../src/index.ts'
import { newTape } from './tape.ts'

const secretOf = (prompt: string) => /\{"id":"(\w+)"/.exec(prompt)?.[1] ?? ''
const good = (prompt: string) => `{"id":"${secretOf(prompt)}","score":1}`

/** Recorded calls, and a model that counts concurrent requests. */
async function recorded(count: number) {
  const { tracer, recorder, store } = newTape()
  const greet = tracer.traced('greet', async (name: string) => `Hello ${name}`)
  for (let i = 0; i < count; i++) await greet(`n${i}`)
  await recorder.flush()
  const seen = { running: 0, most: 0, asked: 0 }
  const model = async (prompt: string) => {
    seen.asked++
    seen.most = Math.max(seen.most, ++seen.running)
    await new Promise(resolve => setTimeout(resolve, 5))
    seen.running--
    return good(prompt)
  }
  return { store, greet, seen, model, limit: count }
}

test('a judge limits concurrent calls over all items and attempts', async () => {
  const { store, greet, seen, model, limit } = await recorded(8)
  const evaluators = [judge(model, { maxConcurrency: 2 })]
  const { summary } = await replay(greet, { store, limit, evaluators, attempts: 2 })
  expect(seen).toEqual({ running: 0, most: 2, asked: 16 })
  expect(summary.scores.judge).toMatchObject({ mean: 1, count: 8, pass: true })
})

test('two replays share the limit of a shared judge, and two judges have separate limits', async () => {
  const { store, greet, seen, model, limit } = await recorded(4)
  const shared = judge(model, { maxConcurrency: 1 })
  await Promise.all([1, 2].map(() => replay(greet, { store, limit, evaluators: [shared] })))
  expect(seen).toMatchObject({ most: 1, asked: 8 })
  const pair = ['a', 'b'].map(name => judge(model, { name, maxConcurrency: 1 }))
  await Promise.all(pair.map(each => replay(greet, { store, limit, evaluators: [each] })))
  expect(seen.most).toBe(2)
})

test('without a limit it asks for all items concurrently', async () => {
  const { store, greet, seen, model, limit } = await recorded(6)
  await replay(greet, { store, limit, evaluators: [judge(model, { maxConcurrency: null })] })
  expect(seen.most).toBe(6)
})

test('a model that throws or rejects loses one score, and its place goes to the next', async () => {
  const { store, greet, model, limit } = await recorded(4)
  let asked = 0
  const ask = (prompt: string) => {
    asked++
    if (asked === 1) throw new Error('no key')
    return asked === 2 ? Promise.reject(new Error('rate limit')) : model(prompt)
  }
  const evaluators = [judge(ask, { maxConcurrency: 1 })]
  const { items, summary } = await replay(greet, { store, limit, evaluators, logger: { warn() {} } })
  const problems = items.flatMap(({ scoreErrors }) => Object.values(scoreErrors ?? {}))
  expect(problems.sort()).toEqual(['no key', 'rate limit'])
  expect(summary.scores.judge).toMatchObject({ count: 2, errors: 2 })
})

test("waiting calls of a stopped replay are never made, and the model's signal is aborted", async () => {
  const { store, greet, limit } = await recorded(5)
  const stop = new AbortController()
  const told: unknown[] = []
  let asked = 0
  const hanging = judge(
    (_, { signal }) => {
      asked++
      signal?.addEventListener('abort', () => told.push(signal.reason))
      stop.abort(new Error('enough'))
      return new Promise(() => {})
    },
    { maxConcurrency: 1 },
  )
  const { items } = await replay(greet, {
    store,
    limit,
    evaluators: [hanging],
    signal: stop.signal,
    logger: { warn() {} },
  })
  expect(asked).toBe(1)
  expect(told).toMatchObject([{ code: 'replay-stopped' }])
  for (const { scoreErrors } of items)
    expect(Object.values(scoreErrors ?? {}).join()).toMatch(/^$|was stopped: enough/)
})

test('a model that never answers takes no place for ever', async () => {
  const { store, greet, seen, model, limit } = await recorded(3)
  let first = true
  const evaluators = [
    judge(
      prompt => {
        if (!first) return model(prompt)
        first = false
        return new Promise<string>(() => {})
      },
      { maxConcurrency: 1 },
    ),
  ]
  // Sequential, so that each item has its full time limit.
  const options = { store, limit, evaluators, itemTimeoutMs: 500, maxConcurrency: 1, logger: { warn() {} } }
  const { summary } = await replay(greet, options)
  expect(summary.scores.judge).toMatchObject({ count: 2, errors: 1 })
  expect(seen.asked).toBe(2)
})

test.each([0, -1, 1.5, Number.NaN, '2' as never])('maxConcurrency %j is refused', maxConcurrency => {
  expect(() => judge(good, { maxConcurrency })).toThrow(/^maxConcurrency must be a whole number, 1 or more/)
})

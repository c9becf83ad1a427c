import { describe, expect, test } from 'vitest'
import { jsonDiff, judge, replay, sameOutput, textSimilarity } from '../src/index.ts'
import { assessReport } from '../src/reporting/assess-report.ts'
import { newTape } from './tape.ts'

class Money {
  readonly #cents: number
  constructor(cents: number) {
    this.#cents = cents
  }
  twice() {
    return this.#cents * 2
  }
}

class Card {
  readonly #number: string
  constructor(number: string) {
    this.#number = number
  }
  last() {
    return this.#number.slice(-4)
  }
}

describe('an unreadable output', () => {
  async function replayed(before: unknown, after: unknown) {
    const { store, recorder, tracer } = newTape()
    let output = before
    const answer = tracer.traced('answer', async () => output)
    await answer()
    await recorder.flush()
    output = after
    return replay(answer, {
      store,
      evaluators: [sameOutput(), jsonDiff(), textSimilarity(), judge(() => '')],
    })
  }

  test('is unknown, with the reason, and a report that requires equality fails', async () => {
    const report = await replayed(new Money(1), new Money(1_000_000))
    const [item] = report.items
    const reason = 'not everything in it can be read ($: an instance of Money)'
    expect(item).toMatchObject({
      outcome: 'unknown',
      same: false,
      reason,
      unread: ['$: an instance of Money'],
    })
    expect(item?.scores).toEqual({})
    expect(Object.keys(item?.scoreErrors ?? {})).toEqual([
      'same-output',
      'json-diff',
      'text-similarity',
      'judge',
    ])
    expect(report.summary).toMatchObject({ unknown: 1, same: 0, changed: 0, pass: false })
    expect(assessReport(report).items[0]?.problems[0]).toContain(
      'same-output returned no score: It cannot be compared',
    )
  })

  test('is changed if its readable parts differ', async () => {
    const { items } = await replayed({ id: 1, price: new Money(1) }, { id: 2, price: new Money(1) })
    expect(items[0]).toMatchObject({ outcome: 'changed', unread: ['$.price: an instance of Money'] })
    expect(items[0]?.scores).toMatchObject({
      'same-output': { pass: false },
      'json-diff': { pass: false, score: 0.5 },
    })
  })

  test('is not a problem for an evaluator that ignores it', async () => {
    const { store, recorder, tracer } = newTape()
    const answer = tracer.traced('answer', async () => ({ id: 1, price: new Money(1) }))
    await answer()
    await recorder.flush()
    const ignored = await replay(answer, { store, evaluators: [jsonDiff({ ignore: ['price'] })] })
    expect(ignored.items[0]?.scores).toEqual({ 'json-diff': { score: 1, pass: true } })
    expect(ignored.summary).toMatchObject({ unknown: 1, pass: true })
  })

  test('of a response is changed by its status, headers or body, and unknown by an unread body', async () => {
    const approved = () => Response.json('approved')
    const changed = await replayed(approved(), Response.json('DENIED', { status: 500 }))
    expect(changed.items[0]).toMatchObject({ outcome: 'changed' })
    const marked = Response.json('approved', { headers: { 'x-from': 'cache' } })
    expect((await replayed(approved(), marked)).items[0]).toMatchObject({ outcome: 'changed' })
    expect((await replayed(approved(), Response.json('DENIED'))).items[0]).toMatchObject({
      outcome: 'changed',
    })
    expect((await replayed(approved(), approved())).items[0]).toMatchObject({ outcome: 'same' })
    const own = () => new Response(new ReadableStream())
    const unread = ['$.body: its body, which is a stream that only the application reads']
    expect((await replayed(own(), own())).items[0]).toMatchObject({ outcome: 'unknown', unread })
    const gone = () => new Response(null, { status: 410 })
    expect((await replayed(gone(), gone())).items[0]).toMatchObject({ outcome: 'same' })
  })

  test("of a stream is unknown by its chunks, and by the generator's return value", async () => {
    const { store, recorder, tracer } = newTape()
    const chunks = tracer.traced('chunks', async function* () {
      yield 'a'
      yield new Money(1)
    })
    const returned = tracer.traced('returned', function* () {
      yield 'a'
      return new Money(1)
    })
    for await (const _ of chunks());
    expect([...returned()]).toEqual(['a'])
    await recorder.flush()
    const [streamed, generated] = [await replay(chunks, { store }), await replay(returned, { store })]
    expect(streamed.items[0]).toMatchObject({
      outcome: 'unknown',
      unread: ['$.chunks[1]: an instance of Money'],
    })
    expect(generated.items[0]).toMatchObject({
      outcome: 'unknown',
      unread: ['$.returned: an instance of Money'],
    })
  })

  test('of an inner call is listed, not called changed', async () => {
    const { store, recorder, tracer } = newTape()
    const price = tracer.traced('price', async () => new Money(1))
    const answer = tracer.traced('answer', async () => (await price()).twice())
    await answer()
    await recorder.flush()
    const { items } = await replay(answer, { store })
    expect(items[0]).toMatchObject({
      outcome: 'same',
      diff: { changed: [], unknown: [{ key: 'price', unknown: ['output'] }] },
    })
  })
})

describe('an unreadable input', () => {
  async function charged(cards: readonly unknown[], now: readonly unknown[]) {
    const { store, recorder, tracer } = newTape()
    let count = 0
    const charge = tracer.traced('charge', { mockOnReplay: true }, async (_card: unknown) => ++count)
    let given = cards
    const answer = tracer.traced('answer', async () => {
      const ids: number[] = []
      for (const card of given) ids.push(await charge(card))
      return ids
    })
    await answer()
    await recorder.flush()
    given = now
    return replay(answer, { store, mock: 'marked' })
  }

  test('does not drift, and does not count as the recorded one either', async () => {
    const { items, summary } = await charged([new Card('1111')], [new Card('9999')])
    const unknownInput = 'not everything in it can be read ($[0]: an instance of Card)'
    expect(items[0]?.mocks).toMatchObject({ served: [{ key: 'charge', unknownInput }], drifted: [] })
    expect(summary).toMatchObject({ served: 1, drifted: 0, unknownInputs: 1 })
  })

  test('reports if only order distinguishes two calls', async () => {
    const { items } = await charged(
      [new Card('1111'), new Card('2222')],
      [new Card('2222'), new Card('1111')],
    )
    const reasons = items[0]?.mocks.served.map(({ unknownInput }) => unknownInput)
    expect(reasons).toHaveLength(2)
    for (const each of reasons ?? [])
      expect(each).toContain('2 recorded calls look alike, and only their order tells them apart')
  })

  test('drifts by its readable parts', async () => {
    const of = (id: number) => ({ id, card: new Card('1111') })
    const { items } = await charged([of(1)], [of(2)])
    expect(items[0]?.mocks).toMatchObject({ served: [], drifted: [{ key: 'charge' }] })
  })

  test('that was redacted, or contains a function, is reported in the same way', async () => {
    const { items } = await charged(
      [{ password: 'a' }, { onEvent: () => 1 }],
      [{ password: 'b' }, { onEvent: () => 2 }],
    )
    expect(items[0]?.mocks.served.map(({ unknownInput }) => unknownInput)).toEqual([
      'not everything in it can be read ($[0].password: redacted)',
      'not everything in it can be read ($[0].onEvent: a function)',
    ])
  })
})

import { describe, expect, test } from 'vitest'
import { replay } from '../src/index.ts'
import { newTape } from './tape.ts'

/** Constructors that charge, each in its own way, declared `mockOnReplay`. */
function shop() {
  const tape = newTape()
  const { traced } = tape.tracer
  const charged: string[] = []
  const marked = { type: 'tool', mockOnReplay: true }
  class Charge {
    readonly cents: number
    constructor(cents: number) {
      charged.push('class')
      this.cents = cents
    }
  }
  const Traced = traced('Charge', marked, Charge as never) as unknown as typeof Charge
  class Refund extends Traced {}
  function Old(this: { cents: number }, cents: number) {
    charged.push('function')
    this.cents = cents
  }
  const TracedOld = traced('Old', marked, Old) as unknown as typeof Charge
  return { ...tape, traced, charged, Charge: Traced, Refund, Old: TracedOld }
}

const makes = {
  'a class': ({ Charge }: ReturnType<typeof shop>) => new Charge(7),
  'a subclass': ({ Refund }: ReturnType<typeof shop>) => new Refund(7),
  'a constructor function': ({ Old }: ReturnType<typeof shop>) => new Old(7),
  'Reflect.construct': ({ Charge }: ReturnType<typeof shop>) =>
    Reflect.construct(Charge, [7]) as { cents: number },
}

describe.each(Object.entries(makes))('an instance created with %s', (_what, make) => {
  test.each(['marked', 'all'] as const)('is not created under %s, and is a miss', async mock => {
    const all = shop()
    const { store, recorder, traced, charged, logger } = all
    const pay = traced('pay', async () => make(all).cents)
    expect(await pay()).toBe(7)
    expect(charged).toHaveLength(1)
    await recorder.flush()
    const { items, summary } = await replay(pay, { store, mock, logger })
    expect(charged).toHaveLength(1)
    expect(items[0]?.mocks.missed).toMatchObject([{ key: expect.stringMatching(/Charge|Old/) }])
    expect(summary).toMatchObject({ failed: 1, pass: false })
  })

  test('is created if nothing is mocked, and in live code', async () => {
    const all = shop()
    const { store, recorder, traced, charged, logger } = all
    const pay = traced('pay', async () => make(all).cents)
    await pay()
    await recorder.flush()
    const { summary } = await replay(pay, { store, mock: 'none', logger })
    expect(charged).toHaveLength(2)
    expect(summary).toMatchObject({ same: 1, missed: 0, pass: true })
  })

  test('is refused outside the replayed traces', async () => {
    const all = shop()
    const { store, recorder, traced, charged, logger } = all
    const pay = traced('pay', async () => 1)
    await pay()
    await recorder.flush()
    let outside: unknown
    const onProgress = () => {}
    const timer = setInterval(() => {
      try {
        make(all)
      } catch (error) {
        outside = error
      }
    }, 1)
    const slow = traced('pay', () => new Promise(resolve => setTimeout(resolve, 20, 1)))
    const { outside: calls } = await replay(slow, {
      store,
      mock: 'marked',
      outside: 'refuse',
      onProgress,
      logger,
    })
    clearInterval(timer)
    expect(charged).toEqual([])
    expect(outside).toMatchObject({ code: 'replay-outside' })
    expect(calls).toMatchObject([{ refused: true }])
  })
})

test('an override does not replace construction', async () => {
  const all = shop()
  const { store, recorder, traced, charged, logger } = all
  const pay = traced('pay', async () => new all.Charge(7).cents)
  await pay()
  await recorder.flush()
  const overrides = { Charge: { cents: 1 } }
  const { items } = await replay(pay, { store, mock: 'marked', overrides, logger })
  expect(charged).toHaveLength(1)
  expect(items[0]?.error).toMatch(/'Charge' was not called with new/)
})

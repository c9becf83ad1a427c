import { registerCodec } from '@runtape/trace'
import { describe, expect, test } from 'vitest'
import { recordAndReplay } from './record-and-replay.ts'
import { newTape } from './tape.ts'

/** Replays a function that calls `charge` on the result of `pick`; `isChanged` is true in the replay. */
async function replayOf(pick: (isChanged: boolean) => object, times = 1) {
  const tape = newTape()
  let isChanged = false
  const charge = tape.tracer.traced(
    'charge',
    { mockOnReplay: true },
    function (this: unknown, amount: number) {
      Object.assign(this as object, { charges: ((this as { charges?: number }).charges ?? 0) + 1 })
      return amount
    },
  )
  const fn = tape.tracer.traced('fn', async () => {
    const account = pick(isChanged)
    for (let call = 0; call < times; call++) charge.call(account, 5)
    return times
  })
  return recordAndReplay(tape, fn, { mock: 'marked' }, () => {
    isChanged = true
  })
}

class Account {
  readonly id: string
  charges = 0
  readonly owner = { name: 'Ada', region: { code: 'eu' } }
  constructor(id: string) {
    this.id = id
  }
}

class Shop {}
class Outlet extends Shop {}

class Sealed {
  readonly #id: string
  constructor(id: string) {
    this.#id = id
  }
  get id() {
    return this.#id
  }
}
registerCodec({
  name: 'sealed-account',
  class: Sealed,
  encode: ({ id }) => ({ id }),
  decode: ({ id }: { id: string }) => new Sealed(id),
})

describe('a mocked method called on another object', () => {
  test.each<readonly [string, readonly string[], (isChanged: boolean) => object]>([
    ['is reported with its fields', ['id'], isChanged => new Account(isChanged ? 'B' : 'A')],
    [
      'is reported by a field of a plain object inside',
      ['owner.region.code'],
      isChanged =>
        Object.assign(new Account('A'), isChanged && { owner: { name: 'Ada', region: { code: 'us' } } }),
    ],
    ['is reported if a codec reads it', ['id'], isChanged => new Sealed(isChanged ? 'B' : 'A')],
    ['is reported if a number distinguishes it', ['no'], isChanged => ({ no: isChanged ? 2 : 1 })],
    [
      'is reported if it is of another kind',
      ['its class', 'id', 'charges', 'owner.name', 'owner.region.code'],
      isChanged => (isChanged ? [] : new Account('A')),
    ],
    [
      'is reported if it has another class with equal fields',
      ['its class'],
      isChanged => (isChanged ? new (class Trial extends Account {})('A') : new Account('A')),
    ],
    [
      'is reported if it has another class without fields',
      ['its class'],
      isChanged => (isChanged ? new (class Live {})() : new (class Sandbox {})()),
    ],
    [
      'is reported if it is a plain object with equal fields',
      ['its class'],
      isChanged => (isChanged ? { ...new Account('A') } : new Account('A')),
    ],
  ])('%s', async (_what, unlikeThis, pick) => {
    const item = await replayOf(pick)
    expect(item.mocks.served).toMatchObject([{ key: 'charge', unlikeThis }])
    expect(item.mocks.drifted).toEqual([])
  })
})

test('a static method called on another class is reported', async () => {
  const unlike = (await replayOf(isChanged => (isChanged ? Outlet : Shop))).mocks.served[0]?.unlikeThis
  expect(unlike).toEqual(['its class'])
  expect((await replayOf(() => Shop)).mocks.served[0]).not.toHaveProperty('unlikeThis')
})

describe('an unchanged program whose objects differ each time', () => {
  test.each<readonly [string, () => object]>([
    ['has moments in them', () => ({ at: Date.now(), opened: new Date().toISOString(), id: 'A' })],
    ['holds a secret', () => ({ apiKey: `k${Math.random()}`, id: 'A' })],
    [
      'holds a client, a socket, a function',
      () => ({ client: new Map([[1, Math.random()]]), send: () => 1 }),
    ],
    [
      'has a getter, which is not run',
      () => ({
        get id() {
          throw new Error('read')
        },
      }),
    ],
    ['is a proxy', () => new Proxy({ id: Math.random() }, {})],
  ])('%s', async (_what, pick) => {
    const item = await replayOf(pick)
    expect(item.mocks.served).toHaveLength(1)
    expect(item.mocks.served[0]).not.toHaveProperty('unlikeThis')
  })

  test('counts its calls, unlike mocked calls', async () => {
    const item = await replayOf(() => new Account('A'), 3)
    expect(item.mocks.served.map(({ unlikeThis }) => unlikeThis)).toEqual([undefined, undefined, undefined])
  })
})

test('the fields of a this follow the options for inputs', async () => {
  const tape = newTape()
  const options = { mockOnReplay: true, capture: { input: false } } as const
  const pay = tape.tracer.traced('pay', options, function (this: { id: string }) {
    return this.id
  })
  await tape.tracer.traced('fn', async () => pay.call({ id: 'A-secret' }))()
  await tape.recorder.flush()
  const { items } = await tape.store.traces.list({ key: 'fn' })
  const spans = (await tape.store.traces.get(items[0]?.traceId ?? ''))?.spans.filter(
    ({ key }) => key === 'pay',
  )
  expect(spans?.map(({ metadata }) => metadata)).toEqual([undefined])
})

test.each<[string, () => object]>([
  ['a pass next to a user', () => ({ user: 'ada', pass: 'c0rrect horse' })],
  ['such a pair inside', () => ({ host: 'smtp', auth: { user: 'ada', pass: 'c0rrect horse' } })],
  ['a value next to the name of a secret', () => ({ name: 'password', value: 'c0rrect horse' })],
  [
    'a value next to the type of a secret, and a getter that does not run',
    () => ({
      type: 'password',
      value: 'c0rrect horse',
      get id() {
        throw new Error('read')
      },
    }),
  ],
])('the fields of a this contain no secret: %s', async (_what, pick) => {
  const tape = newTape()
  const send = tape.tracer.traced('send', { mockOnReplay: true }, function (this: object) {
    return Object.keys(this).length
  })
  await tape.tracer.traced('fn', async () => send.call(pick()))()
  await tape.recorder.flush()
  const { items } = await tape.store.traces.list({ key: 'fn' })
  const trace = await tape.store.traces.get(items[0]?.traceId ?? '')
  expect(trace?.spans.map(({ key }) => key)).toEqual(['fn', 'send'])
  expect(JSON.stringify(trace)).toMatch(/smtp|ada|password/)
  expect(JSON.stringify(trace)).not.toContain('c0rrect')
})

import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { sameOutput } from '../src/evaluators/evaluator.ts'
import type { ReplayItem } from '../src/report.ts'
import { runToEnd } from '../src/run/items/run-to-end.ts'
import { replay } from '../src/run/replay.ts'
import { recordAndReplay } from './record-and-replay.ts'
import { newTape } from './tape.ts'

type Entry = () => unknown

async function replayOf(recorded: Entry, replayed: Entry) {
  const tape = newTape()
  let entry = recorded
  const fn = tape.tracer.traced('fn', () => entry())
  await runToEnd(fn, () => 10)
  await tape.recorder.flush()
  entry = replayed
  const { items } = await replay(fn, { store: tape.store, evaluators: [sameOutput()] })
  return items[0] as ReplayItem
}

const fail = () => {
  throw new Error('no')
}

/** Like a query builder: runs when awaited. */
const query = (value: unknown) => ({
  where: () => query(value),
  // biome-ignore lint/suspicious/noThenProperty: the test needs a thenable.
  then: (onValue: (value: unknown) => unknown, onError: (error: unknown) => unknown) =>
    Promise.resolve()
      .then(() => (typeof value === 'function' ? value() : value))
      .then(onValue, onError),
})

describe('an entry that becomes another kind of function is changed, with the reason', () => {
  test.each<readonly [string, Entry, Entry, string]>([
    ['sync to async', () => 1, async () => 1, 'it returned a promise, and the recorded call a value'],
    ['async to sync', async () => 1, () => 1, 'it returned a value, and the recorded call a promise'],
    [
      'undefined to a promise of it',
      () => {},
      async () => {},
      'it returned a promise, and the recorded call a value',
    ],
    [
      'a throw to a rejection',
      fail,
      async () => fail(),
      'it returned a promise, and the recorded call a value',
    ],
    [
      'a query builder to a promise',
      () => query(1),
      async () => 1,
      'it returned a promise, and the recorded call a thenable',
    ],
    [
      'a promise to a query builder',
      async () => 1,
      () => query(1),
      'it returned a thenable, and the recorded call a promise',
    ],
    [
      'a failing builder to a rejection',
      () => query(() => fail()),
      async () => fail(),
      'it returned a promise, and the recorded call a thenable',
    ],
    [
      'a generator to an async generator',
      function* () {
        yield 1
      },
      async function* () {
        yield 1
      },
      'it returned an async generator, and the recorded call a generator',
    ],
  ])('%s', async (_what, recorded, replayed, reason) => {
    const { outcome, scores, ...item } = await replayOf(recorded, replayed)
    expect({ outcome, reason: item.reason }).toEqual({ outcome: 'changed', reason })
    expect(scores['same-output']).toEqual({ score: 0, pass: false, reasoning: reason })
  })

  test.each<readonly [string, Entry]>([
    ['a value', () => 1],
    ['a promise', () => delay(1, 'late')],
    ['a rejection', async () => fail()],
    ['a throw', fail],
    ['a stream', () => new Blob(['a']).stream()],
    ['a query builder', () => query(1)],
  ])('%s that stays unchanged is the same', async (_what, entry) => {
    expect((await replayOf(entry, entry)).outcome).toBe('same')
  })

  test('an inner call that becomes async is a changed call', async () => {
    const tape = newTape()
    let isAsync = false
    const inner = tape.tracer.traced('inner', () => (isAsync ? Promise.resolve(1) : 1))
    const fn = tape.tracer.traced('fn', async () => inner())
    const item = await recordAndReplay(tape, fn, {}, () => {
      isAsync = true
    })
    expect(item).toMatchObject({
      outcome: 'same',
      diff: { changed: [{ key: 'inner', changed: ['output'] }] },
    })
  })

  test.each<readonly [string, string | undefined]>([
    ['none', 'inner'],
    ['all', undefined],
  ])(
    'an inner call whose builder becomes a promise is a changed call if it runs: %s',
    async (mock, changed) => {
      const tape = newTape()
      let isBuilder = true
      const inner = tape.tracer.traced('inner', () => (isBuilder ? query(1) : Promise.resolve(1)))
      const fn = tape.tracer.traced('fn', async () => inner())
      const item = await recordAndReplay(tape, fn, { mock: mock as 'all' }, () => {
        isBuilder = false
      })
      expect(item.outcome).toBe('same')
      expect(item.diff?.changed.map(({ key }) => key)).toEqual(changed ? [changed] : [])
    },
  )
})

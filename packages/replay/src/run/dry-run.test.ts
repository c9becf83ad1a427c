import { expect, test } from 'vitest'
import { newTape } from '../../test/tape.ts'
import { dryRun, dryRunOfStore } from './dry-run.ts'

/** Traces whose calls replays can answer, and some whose answers are not on the tape as they were. */
async function recorded() {
  const { store, recorder, tracer } = newTape()
  let runs = 0
  const login = tracer.traced('login', { mockOnReplay: true }, async () => ({ password: 'hunter2' }))
  const open = tracer.traced('open', { mockOnReplay: true }, () => new (class Socket {})())
  const plain = tracer.traced('plain', async () => login())
  const fn = tracer.traced('fn', async (n: number) => {
    runs++
    await plain()
    if (n > 1) open()
  })
  await fn(1)
  await fn(2)
  await recorder.flush()
  return { store, runs: () => runs }
}

test('counts what a replay would miss, by key and reason, and runs nothing', async () => {
  const { store, runs } = await recorded()
  expect(await dryRun('fn', { store })).toEqual({
    traces: 2,
    keys: [
      {
        key: 'login',
        calls: 2,
        missed: 2,
        reasons: { 'the recorded output has redacted values': 2 },
      },
      expect.objectContaining({ key: 'open', calls: 1, missed: 1 }),
    ],
  })
  expect(runs()).toBe(2)
})

test('applies the policy, and skips calls below an answered call', async () => {
  const { store } = await recorded()
  const { keys } = await dryRun('fn', { store, mock: ({ key }) => (key === 'plain' ? 'recorded' : 'live') })
  expect(keys).toEqual([expect.objectContaining({ key: 'plain', calls: 2, missed: 2 })])
  expect((await dryRun('fn', { store, mock: 'none' })).keys).toEqual([])
})

test('covers a whole store: the newest traces, and arguments that cannot be restored', async () => {
  const { store, recorder, tracer } = newTape()
  await tracer.traced('secret', async (_key: { password: string }) => 1)({ password: 'x' })
  await recorder.flush()
  const { traces, keys } = await dryRunOfStore(store, 'all', 10)
  expect(traces).toBe(1)
  expect(keys).toMatchObject([{ key: 'secret', missed: 1 }])
})

import { setTimeout as pause } from 'node:timers/promises'
import { currentSpan } from '@runtape/trace'
import { expect, test } from 'vitest'
import { replay } from '../src/index.ts'
import { newTape } from './tape.ts'

/** Replays a function that waits, then makes a call that has no answer on the tape. */
async function replayed(does: () => unknown, mock: Parameters<typeof replay>[1]['mock'] = 'marked') {
  const tape = newTape()
  const tool = tape.tracer.traced('tool', { mockOnReplay: true }, async () => does())
  const fn = tape.tracer.traced('fn', async () => {
    await pause(5)
    await tool()
    return 'done'
  })
  await fn()
  await tape.recorder.flush()
  const [item] = (await replay(fn, { store: tape.store, mock })).items
  if (!item) throw new Error('nothing was replayed')
  return item
}

const paired = [expect.objectContaining({ key: 'tool', sourceSpanId: expect.any(String) })]

test.each([
  ['was redacted', () => ({ password: 'hunter2-or-so' }), /has redacted values \(\$\.password\)/],
  ['is lossy', () => ({ price: new (class Money {})() }), /values that could not be kept \(\$\.price/],
])('a call whose answer %s is one changed call, with the next step and no hint', async (_, does, why) => {
  const { error, diff, mocks, hint } = await replayed(does)
  expect(error).toMatch(why)
  expect(error).toMatch(/\. Record it again, .*--on-miss run \(onMiss: 'run'\)\.$/)
  expect(mocks.missed).toHaveLength(1)
  expect(diff).toMatchObject({ added: [], removed: [], changed: paired })
  expect(hint).toBeUndefined()
})

test('a call with a dropped recording is neither added nor removed', async () => {
  const { error, diff } = await replayed(() => currentSpan()?.drop())
  expect(error).toContain('the recorded call was dropped by drop(), which keeps no answer')
  expect(diff).toMatchObject({ added: [], removed: [], changed: [] })
})

test('a call refused by a policy is changed', async () => {
  const { diff, mocks } = await replayed(
    () => 1,
    () => 'error',
  )
  expect(mocks.missed).toHaveLength(1)
  expect(diff).toMatchObject({ added: [], removed: [], changed: paired })
})

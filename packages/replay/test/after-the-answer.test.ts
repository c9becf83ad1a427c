import { describe, expect, test } from 'vitest'
import { replay } from '../src/run/replay.ts'
import { inFakeTime } from './fake-time.ts'
import { newTape, type Tape } from './tape.ts'

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

/** Schedules work after the answer, as frameworks do. */
type Late = (work: () => Promise<unknown>) => void

async function replayed(
  program: (
    tools: Record<'save' | 'load', (what: string) => Promise<string>>,
    late: Late,
  ) => Promise<unknown>,
  mock: 'marked' | 'all' | 'none' = 'marked',
  change: (tape: Tape) => void = () => {},
) {
  const tape = newTape()
  const { traced } = tape.tracer
  const tool = (key: string) =>
    traced(key, { mockOnReplay: true }, async (what: string) => {
      await pause(30)
      return `${key} ${what}`
    })
  const after: Promise<unknown>[] = []
  const tools = { save: tool('save'), load: tool('load') }
  const fn = traced('fn', async () => program(tools, work => void after.push(work())))
  await inFakeTime(fn)
  await tape.recorder.flush()
  change(tape)
  const { items } = await replay(fn, { store: tape.store, mock })
  return items[0]
}

const same = {
  error: null,
  same: true,
  mocks: { drifted: [], missed: [], unused: [] },
  diff: { added: [], removed: [], changed: [], reordered: [] },
}

describe('calls made after the answer, of an unchanged program', () => {
  test.each([
    ['fire-and-forget', () => Promise.resolve()],
    ['after a timer', () => pause(80)],
    ['in a later turn', () => new Promise<void>(resolve => setImmediate(resolve))],
  ])('%s are seen', async (_, wait) => {
    for (const mock of ['marked', 'all'] as const) {
      const item = await replayed(async ({ load, save }, late) => {
        const answer = await load('a')
        late(async () => {
          await wait()
          await save(await load('b'))
        })
        return answer
      }, mock)
      expect(item).toMatchObject(same)
      expect(item?.mocks.served).toHaveLength(3)
      expect(item?.diff).not.toHaveProperty('notSeen')
    }
  })

  test('that are no longer made are listed as not seen, and not as removed', async () => {
    let isChanged = false
    const item = await replayed(
      async ({ load, save }, late) => {
        if (!isChanged) late(async () => pause(80).then(() => save('late')))
        return load('a')
      },
      'marked',
      () => {
        isChanged = true
      },
    )
    expect(item).toMatchObject({
      ...same,
      diff: { removed: [], notSeen: [{ key: 'save', parentKey: 'fn' }] },
    })
  })

  test('that were made before the function returned and no longer are, are removed', async () => {
    let isChanged = false
    const item = await replayed(
      async ({ load, save }, late) => {
        if (!isChanged) late(() => save('early'))
        return load('a')
      },
      'marked',
      () => {
        isChanged = true
      },
    )
    expect(item).toMatchObject({ diff: { removed: [{ key: 'save' }] } })
  })
})

import type { SpanRecord } from '@runtape/core'
import { describe, expect, test } from 'vitest'
import { replay } from '../src/run/replay.ts'
import { inFakeTime } from './fake-time.ts'
import { recording } from './recording.ts'

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

type Tool = (what: string) => Promise<string>
interface Tools {
  /** Takes 3 ms. */
  readonly log: Tool
  readonly warm: Tool
}
type Program = (tools: Tools, isChanged: boolean) => Promise<unknown>

/** A span of a process that was blocked for `ms`: everything due meanwhile happened right after. */
function heldUp({ startedAt, durationMs, ...span }: SpanRecord, began: number, ms: number): SpanRecord {
  const at = (time: number) => (time > began ? Math.max(time, began + ms) : time)
  return { ...span, startedAt: at(startedAt), durationMs: at(startedAt + durationMs) - at(startedAt) }
}

/** The calls that a replay of the changed program reports as reordered. */
async function reordered(program: Program, heldUpMs = 40): Promise<unknown[]> {
  const { store, tracer, keep } = recording()
  let isChanged = false
  const log = tracer.traced('log', { mockOnReplay: true }, async (what: string) => {
    await pause(3)
    return what
  })
  const warm = tracer.traced('warm', { mockOnReplay: true }, async (what: string) => what)
  const fn = tracer.traced('fn', async () => program({ log, warm }, isChanged))
  let began = 0
  await inFakeTime(async () => {
    began = Date.now()
    await fn()
  })
  await keep(span => heldUp(span, began, heldUpMs))
  isChanged = true
  const { items } = await replay(fn, { store, mock: 'marked' })
  expect(items[0]?.mocks).toMatchObject({ missed: [], drifted: [], unused: [] })
  expect(items[0]?.diff).toBeDefined()
  return items.flatMap(({ diff }) => diff?.reordered ?? [])
}

describe('when the recording process was blocked, and a timer was due before an answer', () => {
  test.each<[string, Program]>([
    [
      'after the answer',
      async ({ log, warm }) => {
        void log('a').then(() => warm('a'))
        void pause(10).then(() => warm('late'))
      },
    ],
    [
      'before the answer',
      ({ log, warm }) => Promise.all([log('a').then(warm), pause(10).then(() => warm('late'))]),
    ],
    [
      'several timers',
      ({ log, warm }) =>
        Promise.all([log('a').then(warm), ...[10, 14, 18].map(ms => pause(ms).then(() => warm(`${ms}`)))]),
    ],
    [
      'calls that follow one another',
      ({ log, warm }) =>
        Promise.all([
          log('a')
            .then(warm)
            .then(() => warm('b')),
          pause(10).then(() => warm('late')),
        ]),
    ],
  ])('reordered calls are not called reordered: %s', async (_, program) => {
    expect(await reordered(program)).toEqual([])
  })
})

describe('calls reordered by the code are reordered', () => {
  test('in the turn of a timer', async () => {
    const program: Program = ({ log, warm }, isChanged) =>
      Promise.all([
        log('a').then(warm),
        pause(10).then(() => Promise.all((isChanged ? ['y', 'x'] : ['x', 'y']).map(what => warm(what)))),
      ])
    expect(await reordered(program)).not.toEqual([])
  })

  test('one after the other, after a timer', async () => {
    const program: Program = async ({ warm }, isChanged) => {
      await pause(10)
      for (const what of isChanged ? ['y', 'x'] : ['x', 'y']) await warm(what)
    }
    expect(await reordered(program)).toHaveLength(1)
  })

  test('by a timer of another time', async () => {
    const program: Program = ({ log, warm }, isChanged) =>
      Promise.all([log('a').then(warm), pause(isChanged ? 1 : 60).then(() => warm('late'))])
    expect(await reordered(program, 0)).toHaveLength(1)
  })
})

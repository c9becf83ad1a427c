import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import {
  type ActiveReplay,
  type ActiveRun,
  type ActiveSpan,
  currentFrame,
  replayFrame,
  runFrame,
  runInFrame,
  spanFrame,
} from './ambient.ts'

const span = (spanId: string): ActiveSpan => ({ traceId: 't', spanId, nextSeq: () => 0 })
const run = (runId: string): ActiveRun => ({ runId, startCall: () => ({ end() {} }) })
const replay = { testRunId: 'test-run' } as ActiveReplay

describe('the ambient frame', () => {
  test('is absent outside any frame', () => {
    expect(currentFrame()).toBeUndefined()
  })

  test('is visible to the code inside, also after an await, and to no other code', async () => {
    const frame = spanFrame(undefined, span('a'))
    const inside = runInFrame(frame, async () => {
      await sleep(1)
      return currentFrame()
    })
    expect(currentFrame()).toBeUndefined()
    expect(await inside).toBe(frame)
  })

  test('concurrent frames do not see each other', async () => {
    const seen = await Promise.all(
      ['a', 'b'].map(id =>
        runInFrame(spanFrame(undefined, span(id)), async () => {
          await sleep(1)
          return currentFrame()?.span?.spanId
        }),
      ),
    )
    expect(seen).toEqual(['a', 'b'])
  })

  test('passes on results and errors of the code inside', () => {
    expect(runInFrame(undefined, () => 7)).toBe(7)
    const failing = () =>
      runInFrame(undefined, () => {
        throw new Error('inside')
      })
    expect(failing).toThrow('inside')
    expect(currentFrame()).toBeUndefined()
  })
})

describe('a nested frame', () => {
  const outer = runFrame(spanFrame(undefined, span('a')), run('r'))

  test('inherits the run if it changes the span, and the span if it changes the run', () => {
    expect(spanFrame(outer, span('b'))).toMatchObject({
      parent: outer,
      span: { spanId: 'b' },
      run: outer.run,
    })
    expect(runFrame(outer, run('s'))).toMatchObject({ parent: outer, span: outer.span, run: { runId: 's' } })
  })

  test('inherits the replay', () => {
    const frame = spanFrame(replayFrame(replay), span('b'))
    expect(frame.replay).toBe(replay)
    expect(runFrame(frame, run('r')).replay).toBe(replay)
  })

  test('a replay hides the span and the run of the surrounding code', () => {
    runInFrame(outer, () => {
      expect(replayFrame(replay)).toEqual({ parent: undefined, span: undefined, run: undefined, replay })
    })
  })
})

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
  test('is absent outside of everything', () => {
    expect(currentFrame()).toBeUndefined()
  })

  test('surrounds what runs inside, also after an await, and nothing else', async () => {
    const frame = spanFrame(undefined, span('a'))
    const inside = runInFrame(frame, async () => {
      await sleep(1)
      return currentFrame()
    })
    expect(currentFrame()).toBeUndefined()
    expect(await inside).toBe(frame)
  })

  test('two that run at the same time do not see each other', async () => {
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

  test('passes on what runs inside returns or throws', () => {
    expect(runInFrame(undefined, () => 7)).toBe(7)
    const failing = () =>
      runInFrame(undefined, () => {
        throw new Error('inside')
      })
    expect(failing).toThrow('inside')
    expect(currentFrame()).toBeUndefined()
  })
})

describe('a frame inside another', () => {
  const outer = runFrame(spanFrame(undefined, span('a')), run('r'))

  test('inherits the run when it changes the span, and the span when it changes the run', () => {
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

  test('a replay sees no span and no run of the code around it', () => {
    runInFrame(outer, () => {
      expect(replayFrame(replay)).toEqual({ parent: undefined, span: undefined, run: undefined, replay })
    })
  })
})

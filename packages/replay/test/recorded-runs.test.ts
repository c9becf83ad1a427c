import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTracker, resumeTracker } from '@runtape/tracker'
import { describe, expect, test } from 'vitest'
import { evaluator } from '../src/evaluators/own-evaluator.ts'
import { replay } from '../src/run/replay.ts'
import { exportTape, tapeStore } from '../src/tapes/index.ts'
import { newTape } from './tape.ts'

/** A function that returns the tokens of its trackers, one per config; one is created in a child call. */
function newDesk() {
  const { store, recorder, tracer } = newTape()
  let configs = ['support', 'support', 'classify']
  const logger = { warn: () => {} }
  const track = (configKey: string) => createTracker({ sink: recorder, configKey, logger }).resumptionToken
  const child = tracer.traced('child', async () => track('support'))
  const answer = tracer.traced('answer', async () => ({ own: configs.map(track), child: await child() }))
  const setConfigs = (next: string[]) => {
    configs = next
  }
  return {
    store,
    recorder,
    answer,
    setConfigs,
    resume: (token: string) => resumeTracker({ sink: recorder, token, logger }),
  }
}

describe('trackers created in a replay', () => {
  test('have the recorded run ids, so that an answer with its token is equal', async () => {
    const { store, recorder, answer } = newDesk()
    const recorded = await answer()
    await recorder.flush()
    const { items } = await replay(answer, { store, attempts: 2 })
    expect(items[0]).toMatchObject({ outcome: 'same', result: recorded })
    expect(items[0]?.attempts?.[1]?.result).toEqual(recorded)
  })

  test('have them by config and in order; unrecorded ones are new', async () => {
    const { store, recorder, answer, setConfigs } = newDesk()
    const recorded = await answer()
    await recorder.flush()
    setConfigs(['classify', 'support', 'support', 'support', 'other'])
    const { items } = await replay(answer, { store })
    const own = items[0]?.result?.own ?? []
    expect(own.slice(0, 3)).toEqual([recorded.own[2], recorded.own[0], recorded.own[1]])
    expect(items[0]?.result?.child).toBe(recorded.child)
    expect(new Set([...own, ...recorded.own, recorded.child]).size).toBe(6)
  })

  test('have them from a tape file too', async () => {
    const { store, recorder, answer } = newDesk()
    await answer()
    await recorder.flush()
    const folder = mkdtempSync(join(tmpdir(), 'runtape-runs-'))
    const { items: traces } = await store.traces.list()
    await exportTape(store, traces[0]?.traceId ?? '', folder)
    const { items } = await replay(answer, { store: tapeStore(folder) })
    expect(items[0]?.outcome).toBe('same')
  })

  test('take no live slot, wherever in the replay their tokens are used', async () => {
    const { store, recorder, answer, resume } = newDesk()
    const { own } = await answer()
    await recorder.flush()
    const [token = ''] = own
    const used: string[] = []
    const use = (where: string) => {
      used.push(where)
      resume(token).trackScore(where, { score: 1 })
      resume(token).trackFeedback({ kind: 'positive' })
    }
    const later = async (where: string) => {
      await null
      use(where)
      return true
    }
    const { items, testRunId } = await replay(answer, {
      store,
      evaluators: [evaluator('judge', () => later('evaluator'))],
      onProgress: () => use('onProgress'),
      onItem: () => later('onItem'),
    })
    await recorder.flush()
    expect(items[0]?.outcome).toBe('same')
    expect(used.sort()).toEqual(['evaluator', 'onItem', 'onProgress'])
    expect((await store.runs.list()).items).toEqual([])
    const replayed = await store.traces.get(items[0]?.traceId ?? '')
    expect(replayed?.spans.every(span => span.replay?.testRunId === testRunId)).toBe(true)

    // Outside the replay a token refers to the live run.
    expect(resume(token).trackFeedback({ kind: 'negative' })).toBe(true)
    await recorder.flush()
    expect((await store.runs.list()).items).toMatchObject([{ metrics: { feedback: { kind: 'negative' } } }])
  })

  test('keep a run id chosen by the application', async () => {
    const { store, recorder, tracer } = newTape()
    let runId = 'a'
    const fn = tracer.traced('fn', () => createTracker({ sink: recorder, configKey: 'c', runId }).runId)
    fn()
    await recorder.flush()
    runId = 'b'
    expect((await replay(fn, { store })).items[0]?.result).toBe('b')
  })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { createTracer } from '@runtape/trace'
import { createTracker, resumeTracker } from '@runtape/tracker'
import { describe, expect, test } from 'vitest'
import { replay } from '../src/run/replay.ts'

describe('from start to end on a database file', () => {
  test('runs with a thumbs-down go through changed code, and nothing is billed or sent', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'runtape-replay-'))
    const store = sqliteStore(join(folder, 'runtape.db'))
    try {
      const recorder = createRecorder({ store })
      const { traced } = createTracer({ sink: recorder })
      const sent: string[] = []
      let tone = 'Dear'
      const lookUp = traced('orders.lookup', async (id: number) => ({
        id,
        at: new Date(id),
        items: new Set(['mug']),
      }))
      const send = traced('mail.send', { mockOnReplay: true }, async (to: string) => sent.push(to))
      const answer = traced('support.answer', async (id: number) => {
        const tracker = createTracker({ sink: recorder, configKey: 'support' })
        const order = await lookUp(id)
        const text = `${tone} customer, order ${order.id} of ${order.at.getTime()} has ${[...order.items]}.`
        const count = await send(`customer-${id}`)
        tracker.trackTokens({ input: 10, output: 5, total: 15 })
        return { text, count, token: tracker.resumptionToken }
      })
      const replies = []
      for (let id = 1; id <= 4; id++) {
        replies.push(await answer(id))
        // Traces are listed newest first: start the next one in another millisecond.
        await new Promise(resolve => setTimeout(resolve, 2))
      }
      for (const [index, { token }] of replies.entries()) {
        resumeTracker({ sink: recorder, token }).trackFeedback({ kind: index % 2 ? 'negative' : 'positive' })
      }
      await recorder.flush()
      const before = await store.runs.usage()

      tone = 'Hi'
      const { items, summary, testRunId } = await replay(answer, {
        store,
        where: { feedback: 'negative' },
        mock: 'marked',
      })
      expect(items.map(({ input, result }) => [input[0], result?.text, result?.count])).toEqual([
        [4, 'Hi customer, order 4 of 4 has mug.', 4],
        [2, 'Hi customer, order 2 of 2 has mug.', 2],
      ])
      expect(items.map(({ originalOutput }) => originalOutput?.text.slice(0, 4))).toEqual(['Dear', 'Dear'])
      expect(summary).toMatchObject({
        total: 2,
        completed: 2,
        changed: 2,
        served: 2,
        drifted: 0,
        missed: 0,
        unused: 0,
      })
      expect(sent).toHaveLength(4)
      expect(await store.runs.usage()).toEqual(before)
      expect((await store.traces.list({ testRunId })).items).toHaveLength(2)
      await recorder.close()
    } finally {
      await store.close()
      rmSync(folder, { recursive: true })
    }
  })
})

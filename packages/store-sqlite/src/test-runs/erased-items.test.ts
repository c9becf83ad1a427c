import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { newTraceId } from '@runtape/core/internal'
import type { ItemRecord } from '@runtape/core/store'
import { span } from '@runtape/testing'
import { expect, test } from 'vitest'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteStore } from '../sqlite-store.ts'

const secret = 'Ada-Lovelace-of-Ockham'

const itemOf = (sourceTraceId: string, name: string): ItemRecord => ({
  sourceTraceId,
  attempt: 1,
  outcome: 'failed',
  reason: name,
  error: `no such person: ${name}`,
  originalError: null,
  traceId: newTraceId(),
  recorded: { durationMs: 1, tokens: null, model: null },
  replay: { durationMs: 1, tokens: null },
  scores: {},
  calls: [
    { kind: 'drifted', key: 'k', name: 'k', reason: 'r', input: { json: JSON.stringify(name.repeat(300)) } },
  ],
})

test('the bytes of an erased trace are in no file, also those of its items and verdicts', async () => {
  const directory = scratchDirectory()
  const store = sqliteStore(join(directory, 'runtape.db'))
  const { testRunId } = await store.testRuns.start({ key: 'k', sourceTraceIds: [] })
  const traces = Array.from({ length: 40 }, () => newTraceId())
  for (const [index, traceId] of traces.entries()) {
    const name = index % 4 === 0 ? secret : `other-${index}`
    await store.append([span({ traceId, runId: `run-${index}`, sessionId: index % 4 === 0 ? 's' : 'other' })])
    const item = itemOf(traceId, name)
    const { traceId: made } = item
    await store.append([
      span({ traceId: made ?? '', replay: { testRunId, sourceTraceId: traceId, mocked: false } }),
    ])
    await store.testRuns.putItem(testRunId, item)
    await store.testRuns.putLate(testRunId, {
      sourceTraceId: traceId,
      attempt: 1,
      outcome: 'failed',
      lateErrors: [name],
      calls: [],
    })
    await store.testRuns.putVerdict(testRunId, made ?? '', { pass: false, comment: name })
  }
  const filesWith = (text: string) =>
    readdirSync(directory).filter(file => readFileSync(join(directory, file)).includes(text))
  expect(filesWith(secret)).not.toEqual([])
  const receipt = await store.erase({ sessionId: 's' })
  expect(receipt).toMatchObject({ traces: 20 })
  if (receipt.leftover !== undefined) await store.vacuum()
  expect(filesWith(secret)).toEqual([])
  expect(filesWith('other-1')).not.toEqual([])
  expect((await store.testRuns.get(testRunId))?.items).toMatchObject({ recorded: 30, removed: 10 })
  await store.close()
})

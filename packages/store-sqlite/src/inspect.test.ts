import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newSpanId, newTraceId } from '@runtape/core/internal'
import { runEvent, span, testTime } from '@runtape/testing'
import { expect, test } from 'vitest'
import { inspectSqlite } from './inspect.ts'
import { sqliteOutbox } from './outbox.ts'
import { sqliteStore } from './sqlite-store.ts'

const newPath = () => join(mkdtempSync(join(tmpdir(), 'runtape-inspect-')), 'runtape.db')

test('counts records and inconsistencies', async () => {
  const path = newPath()
  const store = sqliteStore(path)
  const root = span({ runId: 'traced' })
  const replay = { testRunId: 't', sourceTraceId: root.traceId, mocked: false }
  await store.append([
    runEvent({ runId: 'traced' }),
    runEvent({ runId: 'traced', metric: 'feedback', value: { kind: 'negative' }, at: testTime + 5 }),
    runEvent({ runId: 'untraced' }),
    runEvent({ runId: 'by event', traceId: root.traceId }),
    runEvent({ runId: 'replayed', replay: { testRunId: 't', traceId: newTraceId() } }),
    root,
    span({ traceId: root.traceId, parentSpanId: root.spanId, status: 'unfinished' }),
    span({ startedAt: testTime + 9 }),
    span({ parentSpanId: newSpanId() }),
    span({ replay }),
  ])
  await store.testRuns.start({ key: 'k', sourceTraceIds: [] })
  const outbox = sqliteOutbox(path)
  outbox.put([runEvent(), runEvent()])
  outbox.close()
  expect(inspectSqlite(path)).toEqual({
    counts: [],
    runs: 3,
    runEvents: 4,
    traces: 2,
    spans: 4,
    testRuns: 1,
    lastEventAt: testTime + 5,
    lastTraceAt: testTime + 9,
    runsWithoutTrace: 1,
    tracesWithoutRun: 1,
    tracesWithoutRoot: 1,
    unfinishedSpans: 1,
    misdatedEvents: 0,
    outboxWaiting: 2,
    setAside: 0,
  })
  await store.close()
})

test('events with an impossible time are counted, and the last time is a possible one', async () => {
  const path = newPath()
  const store = sqliteStore(path)
  const before = Date.now()
  await store.append([1e300, 0, testTime].map(at => runEvent({ at })))
  const { misdatedEvents, lastEventAt = 0 } = inspectSqlite(path)
  expect(misdatedEvents).toBe(2)
  expect(lastEventAt).toBeGreaterThanOrEqual(before)
  expect(lastEventAt).toBeLessThanOrEqual(Date.now())
  await store.close()
})

test('an empty file is an empty database, and stays empty', () => {
  const path = newPath()
  writeFileSync(path, '')
  expect(inspectSqlite(path)).toMatchObject({ runs: 0, traces: 0 })
  expect(readFileSync(path)).toHaveLength(0)
})

test('a missing file is not created', () => {
  const path = newPath()
  expect(() => inspectSqlite(path)).toThrow('the file cannot be opened or created')
  expect(existsSync(path)).toBe(false)
})

test('a file that is not a database is reported as such', () => {
  const path = newPath()
  writeFileSync(path, 'a diary, and a long one at that, longer than a header')
  expect(() => inspectSqlite(path)).toThrow('the file is not an SQLite database')
})

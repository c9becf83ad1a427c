import { expect, test } from 'vitest'
import { identityOf, type RunEvent, type SpanRecord } from './records.ts'

const event = { kind: 'run-event', runId: 'r', metric: 'duration' } as RunEvent

test('a run event is named by its run and its metric', () => {
  expect(identityOf(event)).toEqual({ kind: 'run-event', runId: 'r', metric: 'duration' })
})

test('a run event of a replay is another one than the live event, and than that of another replay', () => {
  const replayed = (traceId: string) => identityOf({ ...event, replay: { testRunId: 'test', traceId } })
  expect(replayed('a')).toEqual({ ...identityOf(event), replayTraceId: 'a' })
  expect(replayed('a')).not.toEqual(replayed('b'))
})

test('a span is named by its trace and its own id', () => {
  const record = { kind: 'span', traceId: 't', spanId: 's', seq: 3 } as SpanRecord
  expect(identityOf(record)).toEqual({ kind: 'span', traceId: 't', spanId: 's' })
})

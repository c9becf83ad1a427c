import { expect, test } from 'vitest'
import { identityOf, type RunEvent, type SpanRecord } from './records.ts'

const event = { kind: 'run-event', runId: 'r', metric: 'duration' } as RunEvent

test('a run event is identified by its run and its metric', () => {
  expect(identityOf(event)).toEqual({ kind: 'run-event', runId: 'r', metric: 'duration' })
})

test("a replay's run event differs from the live event and from those of other replays", () => {
  const replayed = (traceId: string) => identityOf({ ...event, replay: { testRunId: 'test', traceId } })
  expect(replayed('a')).toEqual({ ...identityOf(event), replayTraceId: 'a' })
  expect(replayed('a')).not.toEqual(replayed('b'))
})

test('a span is identified by its trace and its id', () => {
  const record = { kind: 'span', traceId: 't', spanId: 's', seq: 3 } as SpanRecord
  expect(identityOf(record)).toEqual({ kind: 'span', traceId: 't', spanId: 's' })
})

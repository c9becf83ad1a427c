import { parseRecord } from '@runtape/schemas'
import { describe, expect, test } from 'vitest'
import { fakeClock } from './fake-clock.ts'
import { payload, runEvent, span, testTime } from './records.ts'

describe('record makers', () => {
  test('make valid records, each with its own identity', () => {
    const records = [runEvent(), runEvent(), span(), span()]
    for (const record of records) expect(parseRecord(record)).toEqual(record)
    expect(runEvent().runId).not.toBe(runEvent().runId)
    expect(span().traceId).not.toBe(span().traceId)
  })

  test('leave out a field that is set to undefined', () => {
    expect('context' in runEvent({ context: undefined })).toBe(false)
    expect('output' in span({ output: undefined })).toBe(false)
  })

  test('name a span after its key', () => {
    expect(span({ key: 'orders.lookup' }).name).toBe('orders.lookup')
  })

  test('write a payload as plain JSON', () => {
    expect(payload([{ a: 1 }])).toEqual({ json: '[{"a":1}]' })
  })
})

describe('fakeClock', () => {
  test('stands still until it is advanced', () => {
    const { now, advance } = fakeClock()
    expect([now(), now()]).toEqual([testTime, testTime])
    advance(250)
    expect(now()).toBe(testTime + 250)
  })
})

import type { Sink, TapeRecord } from '@runtape/core'
import { createTracker } from '@runtape/tracker'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { teeSink } from './tee-sink.ts'

const record = { kind: 'run-event', runId: 'r', metric: 'duration' } as TapeRecord

function keeping() {
  const kept: TapeRecord[] = []
  const ended: string[] = []
  const end = (name: string) => async () => void ended.push(name)
  return {
    kept,
    ended,
    append: (one: TapeRecord) => void kept.push(one),
    flush: end('flush'),
    close: end('close'),
  }
}

function failing(message = 'full'): Sink {
  const fail = (): never => {
    throw new Error(message)
  }
  return { append: fail, flush: fail, close: async () => fail() }
}

const warn = vi.spyOn(console, 'warn')
beforeEach(() => void warn.mockImplementation(() => {}))
afterEach(() => warn.mockReset())

test('every sink gets every record, in order', () => {
  const [a, b] = [keeping(), keeping()]
  const tee = teeSink(a, b)
  const other = { ...record, metric: 'outcome' } as TapeRecord
  tee.append(record)
  tee.append(other)
  expect(a.kept).toEqual([record, other])
  expect(b.kept).toEqual([record, other])
})

describe('a sink that throws', () => {
  test('does not affect the others, and is reported once', () => {
    const [a, b] = [keeping(), keeping()]
    const tee = teeSink(a, failing(), b)
    tee.append(record)
    tee.append({ ...record, metric: 'outcome' } as TapeRecord)
    expect([a.kept.length, b.kept.length]).toEqual([2, 2])
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      '[runtape] Sink 2 of 3 in teeSink threw and lost a record: full',
    )
  })
})

describe('a record', () => {
  const refusing: Sink = { ...keeping(), append: () => false }

  test('counts as kept if any sink accepted it', () => {
    expect(teeSink(keeping(), keeping()).append(record)).toBe(true)
    expect(teeSink(keeping(), refusing).append(record)).toBe(true)
    expect(teeSink(failing(), keeping()).append(record)).toBe(true)
    expect(teeSink(failing(), refusing).append(record)).toBe(false)
    expect(teeSink().append(record)).toBe(true)
  })

  test('that only a sink for other kinds refuses is recorded, without a warning', () => {
    const dashboard = keeping()
    const spansOnly: Sink = { ...keeping(), append: ({ kind }) => kind === 'span' }
    const tracker = createTracker({ sink: teeSink(dashboard, spansOnly), configKey: 'support' })
    expect([tracker.trackDuration(5), tracker.trackDuration(6)]).toEqual([true, false])
    expect(dashboard.kept).toMatchObject([{ metric: 'duration', value: 5 }])
    expect(warn.mock.calls.flat().join()).not.toContain('teeSink')
  })

  test('refused by a sink that accepted others of its kind is reported once', () => {
    let isFull = false
    const bill: Sink = { ...keeping(), append: () => !isFull }
    const tee = teeSink(bill, keeping())
    tee.append(record)
    isFull = true
    for (const metric of ['outcome', 'tokens'])
      expect(tee.append({ ...record, metric } as TapeRecord)).toBe(true)
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      '[runtape] Sink 1 of 2 in teeSink refused a run-event that another sink accepted.',
    )
  })

  test('that every sink refuses may be tracked again', () => {
    let isFull = true
    const bill: Sink = { ...keeping(), append: () => !isFull }
    const logger = { warn: () => {} }
    const tracker = createTracker({ sink: teeSink(bill, refusing), configKey: 'support', logger })
    expect(tracker.trackDuration(5)).toBe(false)
    isFull = false
    expect([tracker.trackDuration(7), tracker.trackDuration(8)]).toEqual([true, false])
  })
})

describe('flush and close', () => {
  test('reach all sinks', async () => {
    const [a, b] = [keeping(), keeping()]
    await teeSink(a, b).flush()
    await teeSink(a, b).close()
    expect([a.ended, b.ended]).toEqual([
      ['flush', 'close'],
      ['flush', 'close'],
    ])
  })

  test('reach all sinks if one fails, and then reject', async () => {
    const last = keeping()
    const tee = teeSink(failing('disk'), last)
    await expect(tee.flush()).rejects.toThrow('disk')
    await expect(tee.close()).rejects.toThrow('disk')
    expect(last.ended).toEqual(['flush', 'close'])
    await expect(teeSink(failing(), failing()).flush()).rejects.toThrow('2 of 2 sinks failed')
  })
})

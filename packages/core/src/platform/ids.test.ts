import { describe, expect, test, vi } from 'vitest'
import { newRunId, newSpanId, newTraceId } from './ids.ts'

const many = (make: () => string, count: number) => Array.from({ length: count }, make)

test('a run id is a random UUID of version 4', () => {
  expect(newRunId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(new Set(many(newRunId, 10_000)).size).toBe(10_000)
})

describe('a span id', () => {
  test('is 16 lower-case hex digits and never all zeros', () => {
    for (const id of many(newSpanId, 1000)) expect(id).toMatch(/^(?!0{16})[0-9a-f]{16}$/)
  })

  test('a million ids are all different, each greater than the previous one', () => {
    let previous = newSpanId()
    let unordered = 0
    for (let made = 0; made < 1_000_000; made++) {
      const next = newSpanId()
      if (next <= previous) unordered++
      previous = next
    }
    expect(unordered).toBe(0)
  })
})

describe('a trace id', () => {
  test('is 32 lower-case hex digits', () => {
    for (const id of many(newTraceId, 1000)) expect(id).toMatch(/^[0-9a-f]{32}$/)
  })

  test('is unique, even within a millisecond', () => {
    expect(new Set(many(newTraceId, 100_000)).size).toBe(100_000)
  })

  test('starts with the time, so later ids sort after earlier ones', () => {
    vi.useFakeTimers({ now: 1_700_000_000_000 })
    try {
      const earlier = newTraceId()
      vi.setSystemTime(1_700_000_000_001)
      const later = newTraceId()
      expect(Number.parseInt(earlier.slice(0, 12), 16)).toBe(1_700_000_000_000)
      expect(later > earlier).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })
})

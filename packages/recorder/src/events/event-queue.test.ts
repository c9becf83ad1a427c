import { runEvent } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { MemoryEvents } from './event-queue.ts'

describe('run events in memory', () => {
  test('are one per identity: a repeat takes no room, another value is a conflict and the first stands', () => {
    const queue = new MemoryEvents(true, 10)
    const event = runEvent({ value: 5 })
    const replay = { testRunId: 't', traceId: 'r' }
    const pushes = [event, { ...event, at: 9 }, { ...event, value: 6 }, { ...event, replay }]
    expect(pushes.map(each => queue.push(each))).toEqual(['safe', 'repeat', 'conflict', 'safe'])
    expect(queue.take(10).events).toEqual([event, { ...event, replay }])
  })

  test('are one per identity also while the first is being sent, and free again once the store has it', () => {
    const queue = new MemoryEvents(false, 10)
    const event = runEvent({ value: 5 })
    queue.push(event)
    const batch = queue.take(1)
    expect([queue.push(event), queue.push({ ...event, value: 6 })]).toEqual(['unsafe-repeat', 'conflict'])
    expect(queue.size()).toBe(0)
    batch.done()
    expect(queue.push({ ...event, value: 6 })).toBe('unsafe')
    expect(queue.size()).toBe(1)
  })

  test('beyond the cap are refused, and no accepted one is dropped', () => {
    const queue = new MemoryEvents(true, 2)
    const [first, second, third] = [runEvent(), runEvent(), runEvent()]
    expect([first, second, third].map(event => queue.push(event))).toEqual(['safe', 'safe', 'full'])
    expect(queue.push(first)).toBe('repeat')
    const batch = queue.take(1)
    expect(queue.push(third)).toBe('full')
    batch.done()
    expect(queue.push(third)).toBe('safe')
    expect(queue.take(10).events).toEqual([second, third])
  })

  test('that wait for a remote store without an outbox are named as unsafe until it has them', () => {
    const queue = new MemoryEvents(true, 10)
    expect(queue.notes()).toEqual([])
    queue.push(runEvent())
    queue.push(runEvent())
    const batch = queue.take(10)
    expect(queue.notes().join()).toMatch(
      /^2 run events wait in memory only.*Pass an outbox to createRecorder/,
    )
    batch.done()
    expect(queue.notes()).toEqual([])
  })

  test('that the store did not accept come first again, in their order', () => {
    const queue = new MemoryEvents(true, 5_000)
    const events = Array.from({ length: 3_000 }, () => runEvent())
    for (const event of events) queue.push(event)
    queue.take(1_500).done()
    const failing = queue.take(1_000)
    const late = runEvent()
    queue.push(late)
    failing.failed()
    expect(queue.size()).toBe(1_501)
    expect(queue.take(5_000).events).toEqual([...events.slice(1_500), late])
  })

  test('are drained in linear time: twice as many do not take four times the work', () => {
    const copied = (count: number) => {
      const queue = new MemoryEvents(true, Infinity)
      for (let index = 0; index < count; index++) queue.push(runEvent({ runId: String(index) }))
      let copies = 0
      const slice = Array.prototype.slice
      Array.prototype.slice = function (this: unknown[], ...range) {
        const part = slice.apply(this, range)
        copies += part.length
        return part
      }
      try {
        while (queue.size() > 0) queue.take(200).done()
      } finally {
        Array.prototype.slice = slice
      }
      return copies
    }
    expect(copied(40_000)).toBeLessThan(2.2 * copied(20_000))
  })
})

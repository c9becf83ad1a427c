import { stat } from 'node:fs/promises'
import { expect, test, vi } from 'vitest'
import { recordExactly } from '../../test/record-and-replay.ts'
import { newTape } from '../../test/tape.ts'
import { activeResources } from './active-resources.ts'
import { hasRequests } from './item-work.ts'

test('reading a file is a request of the process until it is done', async () => {
  const before = activeResources()
  expect(hasRequests(before)).toBe(false)
  const reading = stat(import.meta.filename)
  expect(hasRequests(before)).toBe(true)
  await reading
  await vi.waitUntil(() => !hasRequests(before))
})

test('an earlier file read does not count', async () => {
  const reading = stat(import.meta.filename)
  expect(hasRequests(activeResources())).toBe(false)
  await reading
})

test('an answered call counts no open timers and sockets', async () => {
  const tape = newTape()
  const tool = tape.tracer.traced('tool', { mockOnReplay: true }, async () => {
    await new Promise(resolve => setTimeout(resolve, 5))
  })
  const fn = tape.tracer.traced('fn', async () => {
    for (let call = 0; call < 100; call++) await tool()
  })
  const list = vi.spyOn(process, 'getActiveResourcesInfo')
  const item = await recordExactly(tape, fn, { mock: 'marked' })
  expect(item.mocks.served).toHaveLength(100)
  expect(list.mock.calls.length).toBeLessThan(10)
  list.mockRestore()
})

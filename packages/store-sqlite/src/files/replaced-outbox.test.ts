import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runEvent } from '@runtape/testing'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteOutbox } from '../outbox.ts'

beforeEach(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => {}))
afterEach(() => void vi.restoreAllMocks())

const events = (...runIds: string[]) => runIds.map(runId => runEvent({ runId }))

function open(path: string) {
  const outbox = sqliteOutbox(path)
  onTestFinished(() => outbox.close())
  return outbox
}

describe.each([
  ['removed', (path: string) => rmSync(path)],
  ['moved away', (path: string) => renameSync(path, `${path}.1`)],
])('an outbox whose file is %s', (_way, replace) => {
  test('still has every waiting event once, including those of other processes', async () => {
    const path = join(scratchDirectory(), 'outbox.db')
    const [mine, theirs] = [open(path), open(path)]
    mine.put(events('a', 'b'))
    theirs.put(events('c'))
    await sleep(120)
    replace(path)
    mine.put(events('d'))
    theirs.put(events('e'))
    await sleep(120)
    expect(mine.size()).toBe(5)
    const leased = mine.lease(10, 1000).map(({ event }) => event.runId)
    expect(leased.sort()).toEqual(['a', 'b', 'c', 'd', 'e'])
    const notes = [...(mine.notes?.() ?? []), ...(theirs.notes?.() ?? [])]
    expect(notes.join('\n')).toMatch(/events that waited to be sent were copied/)
  })

  test('does not confuse an event that is being sent with another', async () => {
    const path = join(scratchDirectory(), 'outbox.db')
    const outbox = open(path)
    outbox.put(events('a', 'b', 'c'))
    const onTheirWay = outbox.lease(2, 60_000).map(({ id }) => id)
    await sleep(120)
    replace(path)
    outbox.put(events('d', 'e'))
    await sleep(120)
    outbox.acknowledge(onTheirWay)
    expect(outbox.size()).toBe(5)
    outbox.release(onTheirWay)
    outbox.setAside(onTheirWay.map(id => ({ id, reason: 'refused' })))
    expect(outbox.size()).toBe(5)
    const next = outbox.lease(10, 60_000)
    expect(next.map(({ event }) => event.runId)).toEqual(['c', 'd', 'e'])
    outbox.acknowledge(next.map(({ id }) => id))
    expect(outbox.size()).toBe(2)
  })
})

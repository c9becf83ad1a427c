import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runEvent } from '@runtape/testing'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteOutbox } from '../outbox.ts'
import { sqliteStore } from '../sqlite-store.ts'

beforeEach(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => {}))
afterEach(() => void vi.restoreAllMocks())

const events = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) =>
    runEvent({ runId: `run-${from + index}`, attributes: { more: 'x'.repeat(300) } }),
  )

/** The pages of the outbox's rows, in their order: SQLite's table of pages is not in every build. */
function pagesOf(path: string): number[] {
  const bytes = readFileSync(path)
  const firstRun = (page: number) =>
    Math.min(
      ...Array.from(
        bytes.toString('latin1', (page - 1) * 4096, page * 4096).matchAll(/"run-(\d+)"/g),
        ([, run]) => Number(run),
      ),
    )
  const tableLeaf = 0x0d
  return Array.from({ length: bytes.length / 4096 }, (_, index) => index + 1)
    .filter(page => bytes[(page - 1) * 4096] === tableLeaf && Number.isFinite(firstRun(page)))
    .sort((a, b) => firstRun(a) - firstRun(b))
}

function damage(path: string, page: number): void {
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.alloc(4096, 0xab), 0, 4096, (page - 1) * 4096)
  closeSync(file)
}

describe.each([
  ['the first page', 0],
  ['a page in the middle', 0.5],
  ['the last page, into which all new events go', 1],
])('an outbox of which %s cannot be read', (_which, part) => {
  it('gives out all that can be read, takes new events, and says what is lost', async () => {
    const path = join(scratchDirectory(), 'outbox.db')
    const before = sqliteOutbox(path)
    before.put(events(400))
    before.close()
    const pages = pagesOf(path)
    expect(pages.length).toBeGreaterThan(20)
    damage(path, pages[Math.round(part * (pages.length - 1))] ?? 0)
    const outbox = sqliteOutbox(path)
    onTestFinished(() => outbox.close())
    outbox.put(events(10, 1000))
    const given: string[] = []
    for (;;) {
      const leased = outbox.lease(50, 60_000)
      if (leased.length === 0) break
      given.push(...leased.map(({ event }) => event.runId))
      outbox.acknowledge(leased.map(({ id }) => id))
    }
    expect(new Set(given).size).toBe(given.length)
    expect(given.length).toBeGreaterThan(410 - 30)
    expect(given.length).toBeLessThan(410)
    expect(given).toContain('run-1009')
    expect(outbox.size()).toBe(0)
    expect(outbox.notes?.().join('\n')).toMatch(/is damaged, and was moved to ".*outbox\.db\.damaged-\d+"/)
    expect(readdirSync(dirname(path)).some(file => file.includes('.damaged-'))).toBe(true)
    const store = sqliteStore(path)
    onTestFinished(() => store.close())
    expect(store.setAside.list()).toMatchObject([
      { origin: 'outbox', reason: expect.stringContaining('cannot be read') },
    ])
  })
})

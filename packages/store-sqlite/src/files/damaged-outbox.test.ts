import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { payload, runEvent, span } from '@runtape/testing'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteOutbox } from '../outbox.ts'
import { sqliteStore } from '../sqlite-store.ts'

beforeEach(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => {}))
afterEach(() => void vi.restoreAllMocks())

const events = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) =>
    runEvent({ runId: `run-${from + index}`, attributes: { more: 'x'.repeat(300) } }),
  )

/**
 * The pages of the outbox's rows, or those with the given runs, in order. Not every SQLite build has the `dbstat`
 * table.
 */
function pagesOf(path: string, run = /"run-(\d+)"/g): number[] {
  const bytes = readFileSync(path)
  const firstRun = (page: number) =>
    Math.min(
      ...Array.from(bytes.toString('latin1', (page - 1) * 4096, page * 4096).matchAll(run), ([, run]) =>
        Number(run),
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

/** The runs of all events that the outbox returns. */
function takeAll(outbox: ReturnType<typeof sqliteOutbox>): string[] {
  const given: string[] = []
  for (;;) {
    const leased = outbox.lease(50, 60_000)
    if (leased.length === 0) return given
    given.push(...leased.map(({ event }) => event.runId))
    outbox.acknowledge(leased.map(({ id }) => id))
  }
}

describe.each([
  ['the first page', 0],
  ['a page in the middle', 0.5],
  ['the last page, where new events are added', 1],
])('an outbox with damage in %s', (_which, part) => {
  test('returns everything readable, accepts new events, and reports what is lost', async () => {
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
    const given = takeAll(outbox)
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

describe('a damaged outbox in the file of a store', () => {
  const ada = { kind: 'user', key: 'ada' }

  /** A file with both. Only pages of the outbox contain runs with these names. */
  async function fileOfBoth() {
    const path = join(scratchDirectory(), 'both.db')
    const store = sqliteStore(path)
    const kept = Array.from({ length: 300 }, (_, index) =>
      runEvent({ runId: `kept-${index}`, metric: 'tokens', value: { input: 1, output: 1, total: 2 } }),
    )
    await store.append([...kept, runEvent({ runId: 'of-ada', context: ada })])
    // A price that arrives later has its own row.
    await store.append(
      kept.slice(0, 10).map(event => ({ ...event, cost: { nanoUsd: 7, priceList: 'late' } })),
    )
    const traced = span({ output: payload('y'.repeat(500_000)) })
    await store.append([traced, span({ tags: ['plain'] })])
    const { testRunId } = await store.testRuns.start({ key: 'k', sourceTraceIds: [] })
    await store.erase({ context: ada })
    await store.close()
    const outbox = sqliteOutbox(path)
    outbox.put(events(400))
    outbox.close()
    return { path, traced, testRunId }
  }

  const openBoth = (path: string) => {
    const [outbox, store] = [sqliteOutbox(path), sqliteStore(path)]
    onTestFinished(async () => {
      outbox.close()
      await store.close()
    })
    return { outbox, store }
  }

  const copied = (outbox: ReturnType<typeof sqliteOutbox>) =>
    expect
      .poll(() => outbox.notes?.().join('\n'), { timeout: 30_000 })
      .toMatch(/records .*of .* could be read and are in/)

  test('carries over the records of the store', async () => {
    const { path, traced, testRunId } = await fileOfBoth()
    const pages = pagesOf(path)
    damage(path, pages[Math.floor(pages.length / 2)] ?? 0)
    const { outbox, store } = openBoth(path)
    expect(takeAll(outbox).length).toBeGreaterThan(370)
    await copied(outbox)
    const [row] = await store.runs.usage()
    expect(row).toMatchObject({ runs: 300, tokens: { total: 600 } })
    expect((await store.runs.get('kept-3'))?.events[0]?.cost?.nanoUsd).toBe(7)
    expect(await store.traces.getSpan(traced.traceId, traced.spanId)).toEqual(traced)
    expect((await store.traces.list()).items).toHaveLength(2)
    expect(await store.testRuns.get(testRunId)).toMatchObject({ key: 'k' })
  })

  test('does not bring back erased data', async () => {
    const { path } = await fileOfBoth()
    damage(path, pagesOf(path)[0] ?? 0)
    const { outbox, store } = openBoth(path)
    takeAll(outbox)
    await copied(outbox)
    expect(await store.append([runEvent({ runId: 'of-ada', context: ada })])).toMatchObject({ duplicates: 1 })
  })

  test('carries over what is readable of a damaged store, and names the rest', async () => {
    const { path } = await fileOfBoth()
    const pages = pagesOf(path, /kept-(\d+)tokens/g)
    expect(pages.length).toBeGreaterThan(5)
    damage(path, pages[2] ?? 0)
    damage(path, pagesOf(path)[0] ?? 0)
    const { outbox, store } = openBoth(path)
    takeAll(outbox)
    await copied(outbox)
    const { runs = 0 } = (await store.runs.usage())[0] ?? {}
    expect(runs).toBeGreaterThan(250)
    expect(runs).toBeLessThan(300)
    expect(
      store.setAside
        .list()
        .map(({ json }) => json)
        .join(),
    ).toMatch(/"run_events":.*"from":\d+,"to":\d+/)
    expect(outbox.notes?.().join('\n')).toMatch('The old file could not be read completely')
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Outbox } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { sqliteOutbox } from '@runtape/store-sqlite'
import { memoryStore, runEvent } from '@runtape/testing'
import { createTracker } from '@runtape/tracker'
import { describe, expect, test } from 'vitest'
import { freshFile } from '../../test/fresh-file.ts'
import { createRecorder } from '../create-recorder.ts'

const fresh = freshFile('outbox.db')

describe('a recorder with an outbox', () => {
  test('has a run event on disk before append returns, and removes it once the store has it', async () => {
    const { store, outbox, recorder } = open()
    const event = runEvent()
    expect(recorder.append(event)).toBe(true)
    expect(sqliteOutbox(fresh.path).size()).toBe(1)
    await recorder.flush()
    expect((await store.runs.get(event.runId))?.events).toEqual([event])
    expect(outbox.size()).toBe(0)
  })

  test('resends what a failing store did not accept, in order and only once', async () => {
    const { store, outbox, recorder, fail } = open()
    fail(3)
    const events = Array.from({ length: 20 }, () => runEvent())
    for (const event of events) recorder.append(event)
    await recorder.flush()
    expect(outbox.size()).toBe(0)
    expect(recorder.diagnostics()).toMatchObject({ accepted: 20, duplicates: 0, queued: { runEvents: 0 } })
    expect((await store.runs.list()).items).toHaveLength(20)
  })

  test('waits at least as long as an overloaded store requests', async () => {
    const { recorder, attempts, fail } = open()
    fail(1, Object.assign(new Error('slow down'), { retryAfterMs: 300 }))
    recorder.append(runEvent())
    await recorder.flush()
    const [first = 0, second = 0] = attempts
    expect(second - first).toBeGreaterThanOrEqual(290)
  })

  test('keeps an event in memory that the outbox cannot accept, and reports that it is not safe', async () => {
    const full: Outbox = {
      ...sqliteOutbox(fresh.path),
      put: () => {
        throw new Error('the disk is full.')
      },
    }
    const warnings: string[] = []
    const { store } = open()
    const recorder = createRecorder({
      store,
      outbox: full,
      logger: { warn: message => warnings.push(message) },
    })
    const event = runEvent()
    expect(recorder.append(event)).toBe(false)
    expect(recorder.diagnostics().outboxProblem).toBe('the disk is full.')
    await recorder.flush()
    expect((await store.runs.get(event.runId))?.events).toEqual([event])
    expect(warnings[0]).toContain('the disk is full. It waits in memory.')
  })
})

test('shows an unreadable outbox in diagnostics until it can be read', async () => {
  let isBroken = true
  const inner = sqliteOutbox(fresh.path)
  const outbox: Outbox = {
    ...inner,
    lease: (limit, leaseMs) => {
      if (isBroken) throw new Error('the file is damaged.')
      return inner.lease(limit, leaseMs)
    },
  }
  const store = remote()
  const recorder = createRecorder({ store, outbox, logger: { warn: () => {} } })
  const event = runEvent()
  expect(recorder.append(event)).toBe(true)
  await recorder.flush()
  expect(recorder.diagnostics()).toMatchObject({
    queued: { runEvents: 1 },
    outboxProblem: 'the file is damaged.',
  })
  isBroken = false
  await recorder.flush()
  expect(recorder.diagnostics()).toMatchObject({ accepted: 1, queued: { runEvents: 0 } })
  expect(recorder.diagnostics().outboxProblem).toBeUndefined()
  await recorder.close()
})

describe('events left in the outbox by a killed process', () => {
  test('are sent by another process, each event once', async () => {
    const told = new Set([...(await fillAndKill(40)), ...(await fillAndKill(30))])
    const { store, outbox, recorder } = open()
    await expect.poll(() => outbox.size(), { timeout: 5_000 }).toBe(0)
    const { items } = await store.runs.list({ limit: 200 })
    expect(new Set(items.map(run => run.runId))).toEqual(told)
    expect(told.size).toBe(70)
    expect(recorder.diagnostics().conflicts).toBe(0)
    await recorder.close()
  })
})

describe('a tracker', () => {
  test('leaves a metric free that could not be kept, and records it once it can be', () => {
    let full = true
    const outbox: Outbox = {
      ...sqliteOutbox(fresh.path),
      put: events => {
        if (full) throw new Error('full.')
        return sqliteOutbox(fresh.path).put(events)
      },
    }
    const recorder = createRecorder({ store: remote(), outbox, logger: { warn: () => {} } })
    const tracker = createTracker({ sink: recorder, configKey: 'support', logger: { warn: () => {} } })
    expect(tracker.trackDuration(5)).toBe(false)
    full = false
    expect(tracker.trackDuration(5)).toBe(true)
    expect(tracker.trackDuration(5)).toBe(false)
  })
})

/** A store without `appendSync`, as a remote one is. */
function remote(): Store {
  const { appendSync: _, ...store } = memoryStore()
  return store
}

function open() {
  const store = remote()
  const outbox = sqliteOutbox(fresh.path)
  const attempts: number[] = []
  let failures = 0
  let error = new Error('unreachable')
  const flaky: Store = {
    ...store,
    append: async records => {
      attempts.push(performance.now())
      if (failures-- > 0) throw error
      return store.append(records)
    },
  }
  const fail = (times: number, by = error) => {
    failures = times
    error = by
  }
  const logger = { warn: () => {} }
  const recorder = createRecorder({ store: flaky, outbox, logger, retryBaseMs: 1, leaseMs: 100 })
  return { store, outbox, recorder, attempts, fail }
}

/** Starts a process that puts events into the outbox, kills it, and returns the runs reported as safe. */
async function fillAndKill(count: number): Promise<string[]> {
  const script = new URL('../../test/children/stuck.ts', import.meta.url).pathname
  const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, script, fresh.path, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const told: string[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', line => {
    told.push(line)
    if (told.length === count) child.kill('SIGKILL')
  })
  await once(child, 'exit')
  return told
}

import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { sqliteOutbox, sqliteStore } from '@runtape/store-sqlite'
import { memoryStore, runEvent } from '@runtape/testing'
import { expect, test, vi } from 'vitest'
import { freshFile } from '../test/fresh-file.ts'
import { createRecorder } from './create-recorder.ts'

const fresh = freshFile('tape.db')

test.each([
  ['a store', () => ({ store: sqliteStore(fresh.path) })],
  ['an outbox', () => ({ store: remote(), outbox: sqliteOutbox(fresh.path) })],
])(
  'diagnostics report that the file of %s was removed, and no acknowledged record is lost',
  async (_, open) => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { store, ...more } = open()
    const recorder = createRecorder({ store, ...more, logger: { warn: () => {} } })
    const events = Array.from({ length: 427 }, () => runEvent())
    expect(recorder.append(events[0] ?? runEvent())).toBe(true)
    await sleep(150)
    rmSync(fresh.path)
    for (const event of events.slice(1)) expect(recorder.append(event)).toBe(true)
    await recorder.flush()
    expect(recorder.diagnostics().notes?.join('\n')).toMatch(/tape\.db" was removed while it was open/)
    expect((await store.runs.list({ limit: 1000 })).items.length).toBeGreaterThanOrEqual(426)
    await recorder.close()
  },
)

function remote() {
  const { appendSync: _, ...store } = memoryStore()
  return store
}

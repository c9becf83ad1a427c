import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type SqliteHandle, sqliteOutbox, sqliteStore } from '@runtape/store-sqlite'
import { memoryStore } from '@runtape/testing'
import { expect, onTestFinished, test } from 'vitest'
import { readRows } from '../src/tape-file.ts'
import { scratchDirectory } from './scratch.ts'
import { openDesk } from './support-desk.ts'

/** A limited place for a database, and how to free space there. */
interface SmallDisk {
  readonly path: string
  readonly target: string | SqliteHandle
  /** Leaves little room. */
  fill(): void
  free(): void
}

/** A real disk of 16 MB in memory, where this user may mount one. */
function smallTmpfs(): SmallDisk | undefined {
  const mount = join(scratchDirectory(), 'disk')
  mkdirSync(mount)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', mount], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', mount]))
  const ballast = join(mount, 'ballast')
  const fill = () => {
    const { bavail, bsize } = statfsSync(mount)
    writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - 60_000)))
  }
  const path = join(mount, 'runtape.db')
  return { path, target: path, fill, free: () => rmSync(ballast) }
}

/** A file whose size SQLite itself limits. */
function cappedFile(): SmallDisk {
  const path = join(scratchDirectory(), 'runtape.db')
  const target = new DatabaseSync(path)
  const cap = (pages: number) => target.exec(`PRAGMA max_page_count = ${pages}`)
  return { path, target, fill: () => cap(30), free: () => cap(1_000_000) }
}

const disks: [string, () => SmallDisk][] = [
  ['a disk in memory', () => smallTmpfs() ?? cappedFile()],
  ['a file of limited size', cappedFile],
]

test.each(disks)(
  'a full disk: answers continue, and only stored events are acknowledged (%s)',
  async (_, make) => {
    const disk = make()
    const store = sqliteStore(disk.target)
    const desk = openDesk(store)
    expect(await desk.answer(1)).toBe(1)
    disk.fill()
    expect(await desk.answer(400)).toBeLessThan(400)
    expect(desk.warnings.join('\n')).toContain('the disk is full. Free some space, then try again')
    expect(desk.recorder.diagnostics()).toMatchObject({
      failing: { message: expect.stringContaining('full') },
    })

    // A small event may fit where a larger one did not.
    let fitted = 0
    let tracker = desk.newTracker()
    for (; fitted < 100 && tracker.trackDuration(5); fitted++) tracker = desk.newTracker()
    expect(tracker.trackDuration(5)).toBe(false)
    disk.free()
    await desk.recorder.flush()
    expect(tracker.trackDuration(5)).toBe(true)
    await desk.recorder.close()
    await store.close()
    const kept = readRows(disk.path)
    expect(kept).toHaveLength(401 * 3 + 1 + fitted)
    expect(desk.recorder.diagnostics().queued.runEvents).toBe(0)
  },
)

test.each(disks)(
  'a full disk: acknowledged events are in the file when the process dies (%s)',
  async (_, make) => {
    const disk = make()
    const desk = openDesk(sqliteStore(disk.target))
    disk.fill()
    await desk.answer(300)
    expect(desk.acknowledged.length).toBeGreaterThan(0)
    const kept = new Set(readRows(disk.path).map(row => row.slot))
    expect(desk.acknowledged.filter(runId => !kept.has(`${runId} feedback`))).toEqual([])
  },
)

test.each(disks)('a full disk: an outbox acknowledges only events that it has (%s)', async (_, make) => {
  const disk = make()
  const { appendSync: _sync, ...remote } = memoryStore()
  const offline = { ...remote, append: () => Promise.reject(new Error('offline.')) }
  const outbox = sqliteOutbox(disk.target)
  const desk = openDesk(offline, outbox)
  disk.fill()
  await desk.answer(300)
  const waiting = new DatabaseSync(disk.path)
    .prepare(
      "SELECT event_json ->> '$.runId' AS run FROM outbox WHERE event_json ->> '$.metric' = 'feedback'",
    )
    .all() as { run: string }[]
  expect(desk.acknowledged.length).toBeLessThan(300)
  expect(waiting.map(({ run }) => run)).toEqual(desk.acknowledged)
  expect(desk.warnings.join('\n')).toContain('the disk is full. Free some space, then try again')
})

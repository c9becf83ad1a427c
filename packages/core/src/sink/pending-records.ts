import { beforeLastFlush } from './before-exit-hooks.ts'

/** A record whose call has ended, but of which a part is still missing. */
export interface PendingRecord {
  /** Settles within a few milliseconds, when the record is complete or no longer waited for. Never rejects. */
  readonly whole: Promise<unknown>
  /** Passes it to its sink in its current state. Never throws. */
  handOver(): void
}

interface Pending {
  readonly records: Map<PendingRecord, Promise<void>>
  isWatched: boolean
  /** Leaves the hooks before the last flush. */
  leave?: () => void
}

const slot = Symbol.for('runtape.pending-records.1')
const globals = globalThis as { [slot]?: Pending }

/** Passes the record on when it is complete, at the latest when the process ends. */
export function addPending(record: PendingRecord): void {
  // Stored on the global object: the sink may come from another copy of this package.
  globals[slot] ??= { records: new Map(), isWatched: false }
  const pending = globals[slot]
  if (!pending.isWatched) watchProcess(pending)
  // Again for each record, and so behind hooks that end calls, also behind one that does so now.
  pending.leave?.()
  pending.leave = beforeLastFlush(closing => {
    // A sink that is closed on its own waits for them.
    if (!closing) handOverAll(pending)
  })
  pending.records.set(
    record,
    record.whole.then(() => {
      if (pending.records.delete(record)) record.handOver()
    }),
  )
}

/** For sinks and their readers: resolves when all calls that have already ended are with their sinks. */
export async function whenHandedOver(): Promise<void> {
  const records = globals[slot]?.records
  if (records && records.size > 0) await Promise.all(records.values())
}

function watchProcess(pending: Pending): void {
  pending.isWatched = true
  // Registered first, so that an application's sink that flushes at `exit` has them.
  process.prependListener('exit', () => handOverAll(pending))
}

function handOverAll({ records }: Pending): void {
  for (const record of records.keys()) if (records.delete(record)) record.handOver()
}

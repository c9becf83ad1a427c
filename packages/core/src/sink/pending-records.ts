import { beforeLastFlush } from './before-exit-hooks.ts'

/** A record whose call has ended, and of which a part is still to come. */
export interface PendingRecord {
  /** Settles when it is whole, or is no longer waited for: in a few milliseconds. Never rejects. */
  readonly whole: Promise<unknown>
  /** Gives it to its sink as it is now. Never throws. */
  handOver(): void
}

interface Pending {
  readonly records: Map<PendingRecord, Promise<void>>
  isWatched: boolean
}

const slot = Symbol.for('runtape.pending-records.1')
const globals = globalThis as { [slot]?: Pending }

/** Hands the record over when it is whole, and at the latest when the process ends. */
export function addPending(record: PendingRecord): void {
  // On the global object: the sink may come from another copy of this package.
  globals[slot] ??= { records: new Map(), isWatched: false }
  const pending = globals[slot]
  if (!pending.isWatched) watchProcess(pending)
  pending.records.set(
    record,
    record.whole.then(() => {
      if (pending.records.delete(record)) record.handOver()
    }),
  )
}

/** For sinks and their readers: resolves when the calls that have ended until now are with their sinks. */
export async function whenHandedOver(): Promise<void> {
  const records = globals[slot]?.records
  if (records && records.size > 0) await Promise.all(records.values())
}

function watchProcess(pending: Pending): void {
  pending.isWatched = true
  const handOverAll = () => {
    for (const record of pending.records.keys()) if (pending.records.delete(record)) record.handOver()
  }
  // First in line, so that a sink of the application's own that flushes at `exit` has them.
  process.prependListener('exit', handOverAll)
  // A sink that is closed alone waits for them.
  beforeLastFlush(closing => {
    if (!closing) handOverAll()
  })
}

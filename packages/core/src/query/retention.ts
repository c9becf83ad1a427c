import { messageOf, RuntapeError } from '../errors.ts'
import { realTimers } from '../platform/real-timers.ts'
import type { Store } from '../store/store.ts'
import type { RemovalReceipt } from '../store/upkeep/removal.ts'

/** How long to keep recordings: `30d`, `12h`, `52w`. Default: until they are removed explicitly. */
export interface Retention {
  /** For traces and their payloads, from the start of their root. */
  readonly traces?: string
  /** For runs and their events, from the time of the run. Bills of earlier periods are then unavailable. */
  readonly runs?: string
}

/** Ages, as passed to `prune`. */
export type KeptAges = Readonly<Record<string, string>>

/** @throws {RuntapeError} `invalid-option` */
export function checkedRetention(retention: Retention | undefined): KeptAges {
  if (retention === undefined) return {}
  if (typeof retention !== 'object' || retention === null) throw refusal('retention', retention)
  const given = Object.entries(retention).filter(([, kept]) => kept !== undefined)
  return Object.fromEntries(given.map(([part, kept]) => [part, checkedAge(part, kept)]))
}

function checkedAge(part: string, kept: unknown): string {
  const isPart = part === 'traces' || part === 'runs'
  if (isPart && typeof kept === 'string' && /^[1-9]\d{0,5}[mhdw]$/.test(kept)) return kept
  throw refusal(`retention.${part}`, kept)
}

const refusal = (name: string, value: unknown): RuntapeError =>
  new RuntapeError(
    'invalid-option',
    `${name} is not a retention period (got ${JSON.stringify(value) ?? String(value)}). Use { traces: '30d', runs: '400d' }, with m, h, d or w.`,
  )

/** The first run comes soon, so that a process that lives for minutes prunes too. */
const firstAfterMs = 1000
const everyMs = 3_600_000

/** Prunes from time to time what is older than the retention. Returns a function that stops it. */
export function startRetention(kept: KeptAges, prune: Store['prune']): () => Promise<void> {
  if (Object.keys(kept).length === 0) return async () => {}
  let running: Promise<unknown> = Promise.resolve()
  let timer = realTimers.setTimeout(look, firstAfterMs)
  timer.unref()
  function look(): void {
    running = pruneOnce(kept, prune)
    timer = realTimers.setTimeout(look, everyMs)
    timer.unref()
  }
  return async () => {
    realTimers.clearTimeout(timer)
    await running
  }
}

let hasWarned = false

async function pruneOnce(kept: KeptAges, prune: Store['prune']): Promise<RemovalReceipt | undefined> {
  const query = Object.entries(kept).map(([part, before]) => [part, { before }])
  try {
    return await prune(Object.fromEntries(query))
  } catch (error) {
    // The next run tries again: another process may hold the lock.
    if (!hasWarned) process.emitWarning(`Runtape could not prune: ${messageOf(error)}`)
    hasWarned = true
    return undefined
  }
}

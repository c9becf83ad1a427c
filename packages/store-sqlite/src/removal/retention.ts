import { type RemovalReceipt, RuntapeError, type Store } from '@runtape/core'
import { messageOf, realTimers } from '@runtape/core/internal'

/** How long to keep what is recorded: `30d`, `12h`, `52w`. Without one it is kept until it is removed. */
export interface Retention {
  /** Traces, with their payloads: from when their root started. */
  readonly traces?: string
  /** Runs, with their events: from the time that they belong to. Bills of before are then gone. */
  readonly runs?: string
}

/** How long ago, as `prune` reads it. */
type Kept = Readonly<Record<string, string>>

/** @throws {RuntapeError} `invalid-option` */
export function checkedRetention(retention: Retention | undefined): Kept {
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

/** The first look comes soon: a process that lives for minutes prunes too. */
const firstAfterMs = 1000
const everyMs = 3_600_000

/** Prunes now and then what is older than it is to be kept. Returns how to stop it. */
export function startRetention(kept: Kept, prune: Store['prune']): () => Promise<void> {
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

async function pruneOnce(kept: Kept, prune: Store['prune']): Promise<RemovalReceipt | undefined> {
  const query = Object.entries(kept).map(([part, before]) => [part, { before }])
  try {
    return await prune(Object.fromEntries(query))
  } catch (error) {
    // The next look tries again: another process may hold the lock.
    if (!hasWarned) process.emitWarning(`Runtape could not prune: ${messageOf(error)}`)
    hasWarned = true
    return undefined
  }
}

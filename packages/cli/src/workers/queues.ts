import type { PgBoss } from 'pg-boss'

/** Open replays, one job each. Workers read them and do not take them. */
export const openReplays = 'runtape.replays'

/** The queues of one replay. */
export interface ReplayQueues {
  /** Chunks: each is one replay of one trace. */
  readonly chunks: string
  /** What workers say: results, and who they are. */
  readonly results: string
}

export const queuesOf = (replayId: string): ReplayQueues => ({
  chunks: `${prefix}${replayId}.chunks`,
  results: `${prefix}${replayId}.results`,
})

const prefix = 'runtape.replay.'
const maxDays = 7
const dayMs = 86_400_000

/** The most that pg-boss allows. Until then only the lease ends a chunk. */
const longestItemSeconds = 86_400
/** A fetch whose response was lost is repeated after this. */
const resultSeconds = 15

export const createOpenReplays = (boss: PgBoss): Promise<void> =>
  boss.createQueue(openReplays, { retentionSeconds: (maxDays * dayMs) / 1000 })

/**
 * @param leaseSeconds a chunk goes to another worker after this long without a sign of life
 * @param mostDeliveries after this many lost workers a chunk itself is taken as the cause, and sent back as a result
 */
export async function createQueues(
  boss: PgBoss,
  { chunks, results }: ReplayQueues,
  { leaseSeconds, mostDeliveries }: { readonly leaseSeconds: number; readonly mostDeliveries: number },
): Promise<void> {
  await createOpenReplays(boss)
  await boss.createQueue(results, { expireInSeconds: resultSeconds, retryLimit: 1000 })
  await boss.createQueue(chunks, {
    heartbeatSeconds: leaseSeconds,
    expireInSeconds: longestItemSeconds,
    retryLimit: mostDeliveries - 1,
    deadLetter: results,
  })
}

export async function deleteQueues(boss: PgBoss, { chunks, results }: ReplayQueues): Promise<void> {
  await boss.deleteQueue(chunks)
  await boss.deleteQueue(results)
}

/** Removes queues of commands that were killed long ago. */
export async function sweepQueues(boss: PgBoss): Promise<void> {
  const queues = await boss.getQueues()
  const old = queues.filter(
    ({ name, createdOn }) => name.startsWith(prefix) && Date.now() - createdOn.getTime() > maxDays * dayMs,
  )
  // Chunks before results, which they name.
  for (const { name } of old.sort((a, b) => (a.name < b.name ? -1 : 1))) await boss.deleteQueue(name)
}

// Jobs of a queue with deadlines, priorities and retries, on worker threads that are aborted when a customer goes away.
import { traced } from '@runtape/trace'
import PQueue from 'p-queue'
import pRetry from 'p-retry'
import { Piscina } from 'piscina'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const pool = new Piscina({ filename: new URL('../children/rank.mjs', import.meta.url).href, maxThreads: 1 })
const settings = { prefix: '' }

const rank = traced(
  'deadlines.rank',
  { mockOnReplay: true },
  async (text: string, { signal }: { signal: AbortSignal }): Promise<number> => {
    effect('deadlines rank')
    if (text === 'slow')
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    return pool.run({ query: 'pot', text }, { signal })
  },
)

let failures = 0
const fetchText = traced('deadlines.fetch', { mockOnReplay: true }, async (id: string) => {
  effect('deadlines fetch')
  if (id === 'gone') throw new TypeError('no such text')
  if (id === 'flaky' && failures++ % 2 === 0) throw new Error('busy')
  await new Promise(resolve => setTimeout(resolve, id.length))
  return id
})

const rankAll = traced('deadlines.run', async (ids: readonly string[]) => {
  const queue = new PQueue({ concurrency: 2, interval: 5, intervalCap: 2 })
  const ended: string[] = []
  const job = async (id: string) => {
    const text = await pRetry(() => fetchText(id), { retries: 2, minTimeout: 4, factor: 1 })
    const signal = AbortSignal.timeout(1_500)
    ended.push(`${settings.prefix}${id}: ${await rank(text, { signal }).catch((error: Error) => error.name)}`)
  }
  const jobs = ids.map((id, index) =>
    queue
      .add(() => job(id), { priority: index % 2 })
      .catch((error: Error) => ended.push(`${id}: ${error.message}`)),
  )
  await Promise.all(jobs)
  await queue.onIdle()
  return ended
})

export const application: Application = {
  name: 'a queue with deadlines on worker threads',
  entry: rankAll,
  inputs: [[['a pot', 'slow', 'pots', 'depot']], [['gone', 'flaky']], [['pot']]],
  change: { make: changing(settings, { prefix: '-' }), reports: {} },
  close: () => pool.destroy(),
}

// Documents are ranked on a pool of worker threads; the pool is behind a traced call.
import { traced } from '@runtape/trace'
import { Piscina } from 'piscina'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const pool = new Piscina({ filename: new URL('../children/rank.mjs', import.meta.url).href, maxThreads: 2 })
const settings = { limit: 3 }

const score = traced(
  'rank.score',
  { mockOnReplay: true },
  async (query: string, text: string): Promise<number> => {
    effect('rank score')
    return pool.run({ query, text })
  },
)

const rank = traced('rank.run', async (query: string, texts: readonly string[]) => {
  const scored = await Promise.all(texts.map(async text => ({ text, score: await score(query, text) })))
  return scored.sort((a, b) => b.score - a.score).slice(0, settings.limit)
})

export const application: Application = {
  name: 'documents ranked on worker threads with piscina',
  entry: rank,
  inputs: [
    ['kettle', ['a kettle', 'a teapot', 'kettle, kettle', 'nothing', 'kettles']],
    ['pot', ['a pot', 'pots', 'depot']],
  ],
  change: { make: changing(settings, { limit: 1 }), reports: {} },
  close: () => pool.destroy(),
}

// A stream of leads, scored by a service four at a time, with RxJS.
import { traced } from '@runtape/trace'
import { bufferCount, catchError, filter, from, lastValueFrom, map, mergeMap, of, toArray } from 'rxjs'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

interface Lead {
  readonly id: number
  readonly score: number
}

const settings = { least: 3 }

const scoreLead = traced('leads.score', { mockOnReplay: true }, async (id: number): Promise<Lead> => {
  effect('leads score')
  await new Promise(resolve => setTimeout(resolve, (id * 7) % 11))
  if (id === 5) throw new RangeError('no such lead')
  return { id, score: (id * 3) % 7 }
})

const notify = traced(
  'leads.notify',
  { type: 'tool', mockOnReplay: true },
  async (ids: readonly number[]) => {
    effect('leads notify')
    return ids.length
  },
)

const scoreAll = traced('leads.score-all', (ids: readonly number[]) =>
  lastValueFrom(
    from(ids).pipe(
      mergeMap(id => from(scoreLead(id)).pipe(catchError(() => of({ id, score: -1 }))), 4),
      filter(({ score }) => score >= settings.least),
      map(({ id }) => id),
      bufferCount(2),
      mergeMap(async batch => ({ batch, told: await notify(batch) })),
      toArray(),
    ),
  ),
)

export const application: Application = {
  name: 'leads that are scored with RxJS',
  entry: scoreAll,
  inputs: [[[1, 2, 3, 4, 5, 6, 8, 9]], [[10, 11, 12]]],
  change: {
    make: changing(settings, { least: 100 }),
    reports: { unused: ['leads.notify'], removed: ['leads.notify'] },
  },
}

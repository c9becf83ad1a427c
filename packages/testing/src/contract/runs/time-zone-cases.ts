import assert from 'node:assert/strict'
import type { Store, UsageDimension } from '@runtape/core/store'
import { assertRefused, type StoreContractCase } from '../case.ts'
import { runWith } from './runs.ts'

/** A run at each of these times. */
const runsAt = (...times: readonly string[]) =>
  times.flatMap(time => runWith({ duration: 1 }, { at: Date.parse(time) }))

/** Number of runs in each group. */
async function counted(store: Store, timeZone: string | undefined, dimension: UsageDimension) {
  const rows = await store.runs.usage({ groupBy: [dimension], ...(timeZone && { timeZone }) })
  return Object.fromEntries(rows.map(row => [row.group[dimension], row.runs]))
}

export const timeZoneCases: readonly StoreContractCase[] = [
  {
    title: 'time zones: days and months start at local midnight, in summer and in winter',
    check: async ({ store }) => {
      const times = [
        '2026-01-31T22:59:59.999Z',
        '2026-01-31T23:00:00Z',
        '2026-07-31T21:59:59Z',
        '2026-07-31T22:00:00Z',
      ]
      await store.append(runsAt(...times))
      assert.deepEqual(await counted(store, 'Europe/Berlin', 'day'), {
        '2026-01-31': 1,
        '2026-02-01': 1,
        '2026-07-31': 1,
        '2026-08-01': 1,
      })
      assert.deepEqual(await counted(store, 'Europe/Berlin', 'month'), {
        '2026-01': 1,
        '2026-02': 1,
        '2026-07': 1,
        '2026-08': 1,
      })
      assert.deepEqual(await counted(store, undefined, 'day'), { '2026-01-31': 2, '2026-07-31': 2 })
    },
  },
  {
    title: 'time zones: a day with a clock change is one day, and its repeated hour is two hours',
    check: async ({ store }) => {
      const hours = ['22:30', '23:30'].map(time => `2025-10-25T${time}:00Z`)
      const later = ['00:30', '01:30', '02:30', '22:59', '23:00'].map(time => `2025-10-26T${time}:00Z`)
      await store.append(runsAt(...hours, ...later))
      assert.deepEqual(await counted(store, 'Europe/Berlin', 'day'), { '2025-10-26': 6, '2025-10-27': 1 })
      const rows = await store.runs.usage({ groupBy: ['hour'], timeZone: 'Europe/Berlin' })
      assert.deepEqual(
        rows.map(row => row.group.hour),
        [
          ...['2025-10-26T00+02:00', '2025-10-26T01+02:00', '2025-10-26T02+02:00', '2025-10-26T02+01:00'],
          ...['2025-10-26T03+01:00', '2025-10-26T23+01:00', '2025-10-27T00+01:00'],
        ],
      )
    },
  },
  {
    title: 'time zones: offsets of half and quarter hours are respected',
    check: async ({ store }) => {
      await store.append(runsAt('2026-01-31T18:14:59Z', '2026-01-31T18:15:00Z', '2026-01-31T18:30:00Z'))
      assert.deepEqual(await counted(store, 'Asia/Kolkata', 'day'), { '2026-01-31': 2, '2026-02-01': 1 })
      assert.deepEqual(await counted(store, 'Asia/Kathmandu', 'day'), { '2026-01-31': 1, '2026-02-01': 2 })
      assert.deepEqual(await counted(store, 'America/St_Johns', 'hour'), {
        '2026-01-31T14-03:30': 2,
        '2026-01-31T15-03:30': 1,
      })
    },
  },
  {
    title: 'time zones: an unknown name is refused',
    check: async ({ store }) => {
      for (const timeZone of ['Berlin', '', 'Europe/Atlantis', 5, null])
        await assertRefused('invalid-option', async () => store.runs.usage({ timeZone: timeZone as never }))
    },
  },
]

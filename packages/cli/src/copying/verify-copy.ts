import { isDeepStrictEqual } from 'node:util'
import { RuntapeError } from '@runtape/core'
import type { CopiedKind, CopySource, StoreCopying } from '@runtape/core/internal'
import type { Store, UsageRow } from '@runtape/core/store'

/** One side of a copy. */
export interface Side<Copying extends CopySource = CopySource> {
  readonly store: Store
  readonly copying: Copying
}

export interface Verification {
  /** What differs, one sentence each. Empty if nothing does. */
  readonly differences: readonly string[]
  /** Days whose usage was compared. */
  readonly days: number
  /** Whether the target also has records of others: then it must have at least as much. */
  readonly isMerged: boolean
  /** Time of receipt as of which usage was compared, because the source was written to meanwhile. */
  readonly asOf?: number
}

/** Kinds of which the target may have fewer: what has expired, and what is merged there. */
const uncounted: ReadonlySet<CopiedKind> = new Set(['claims', 'health', 'removals'])

/**
 * Compares the counts of each kind and the usage by day.
 *
 * @param startedAt when the last pass of the copy began: what had been received by then was copied
 */
export async function verifyCopy(
  from: Side,
  to: Side<StoreCopying>,
  startedAt: number,
): Promise<Verification> {
  const [id, revision] = [await from.copying.id(), await from.store.revision()]
  const [source, target] = [await from.copying.counts(), await to.copying.counts()]
  const kinds = (Object.keys(source) as CopiedKind[]).filter(kind => !uncounted.has(kind))
  const isMerged =
    (await to.copying.otherSources(id)) > 0 ||
    (await to.copying.positions(id)).has('conflicts') ||
    kinds.some(kind => target[kind] > source[kind])
  const days = await daysOf(from.store)
  const isQuiet = (await from.store.revision()) === revision
  const asOf = isQuiet ? undefined : startedAt
  const pair = isQuiet ? [days, await daysOf(to.store)] : await daysAsOf([from.store, to.store], startedAt)
  const fewer = isQuiet
    ? kinds.flatMap(kind =>
        target[kind] < source[kind] ? [`${kind}: ${source[kind]} there, ${target[kind]} here`] : [],
      )
    : []
  const [there = new Map(), here = new Map()] = pair ?? []
  return {
    differences: [...fewer, ...(pair ? differingDays(there, here, isMerged) : [unknownThen])],
    days: there.size,
    isMerged,
    ...(asOf !== undefined && { asOf }),
  }
}

const unknownThen =
  'usage: the source was written to, and runs were removed from it meanwhile. Run the copy again when it is quiet'

type Days = ReadonlyMap<string, UsageRow>

async function daysOf(store: Store, asOf?: number): Promise<Days> {
  const rows = await store.runs.usage({ groupBy: ['day'], ...(asOf !== undefined && { asOf }) })
  return new Map(rows.map(row => [row.group.day ?? '', row]))
}

/** `undefined` if the bill as of that time is no longer known. */
async function daysAsOf(stores: readonly Store[], asOf: number): Promise<Days[] | undefined> {
  try {
    return await Promise.all(stores.map(store => daysOf(store, asOf)))
  } catch (error) {
    if (RuntapeError.isInstance(error) && error.code === 'period-pruned') return undefined
    throw error
  }
}

function differingDays(there: Days, here: Days, isMerged: boolean): string[] {
  const days = [...new Set([...there.keys(), ...(isMerged ? [] : here.keys())])].sort()
  return days.flatMap(day => {
    const [one, other] = [there.get(day), here.get(day)]
    const isSame = isMerged ? (other?.runs ?? 0) >= (one?.runs ?? 0) : isDeepStrictEqual(one, other)
    return isSame ? [] : [`${day || 'runs without a day'}: ${shown(one)} there, ${shown(other)} here`]
  })
}

function shown(row: UsageRow | undefined): string {
  if (row === undefined) return '0 runs'
  const { runs, tokens, cost } = row
  const total = tokens?.total === undefined ? '' : `, ${tokens.total} tokens`
  return `${runs} runs${total}${cost ? `, ${cost.nanoUsd} nanoUsd` : ''}`
}

interface RowWithId {
  readonly id: number
}

/** Reads up to `limit` rows with ids above `after`, in order. */
type Select<Row> = (after: number, limit: number) => readonly Row[]

const atOnce = 64

/**
 * The readable rows of a table, in order. A damaged page hides only its own rows.
 *
 * @param skipped called with a range of ids that could not be read; `to` is `undefined` if it has no end
 */
export function* readableRows<Row extends RowWithId>(
  from: number,
  select: Select<Row>,
  skipped: (from: number, to: number | undefined, error: unknown) => void,
): Generator<readonly Row[]> {
  for (let after = from; ; ) {
    const rows = tryIt(() => select(after, atOnce)) ?? tryIt(() => select(after, 1))
    if (rows?.length === 0) return
    if (rows) {
      yield rows
      after = rows.at(-1)?.id ?? after
      continue
    }
    const next = afterDamage(select, after)
    skipped(
      after + 1,
      next,
      failureOf(() => select(after, 1)),
    )
    if (next === undefined) return
    after = next
  }
}

const furthest = 2 ** 48

/** The lowest id after which rows are readable again; `undefined` if there is none. */
function afterDamage(select: Select<RowWithId>, after: number): number | undefined {
  const canRead = (id: number) => tryIt(() => select(id, 1)) !== undefined
  let step = 1
  // Reading past the last row succeeds and returns nothing, unless the last page is the damaged one.
  while (!canRead(after + step)) {
    if (step >= furthest) return undefined
    step *= 2
  }
  let [low, high] = [Math.floor(step / 2), step]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (canRead(after + middle)) high = middle
    else low = middle
  }
  return after + high
}

function tryIt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

function failureOf(work: () => unknown): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}

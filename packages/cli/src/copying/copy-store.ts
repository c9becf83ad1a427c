import {
  type CopiedKind,
  type CopyBatch,
  type CopyOutcome,
  type CopySource,
  copiedKinds,
  type StoreCopying,
} from '@runtape/core/internal'

/** What became of the entries of one kind. */
interface KindResult {
  copied: number
  /** The target had them already. */
  known: number
  /** The target has something else in their place, which stands. */
  conflicts: number
  /** They could not be kept. */
  refused: number
  /** They were copied, and count as received later, because the target had received others before. */
  laterReceipts: number
}

export interface CopyResult {
  readonly kinds: Partial<Record<CopiedKind, KindResult>>
  /** Names of conflicts, at most 100. */
  readonly conflicts: string[]
  /** Reasons of what was refused, at most 100. */
  readonly refused: string[]
  /** When the last pass began: what had been received by then was copied. */
  startedAt: number
}

/** Called after each batch. */
export type OnBatch = (kind: CopiedKind, entries: number) => void

/** A pass may find what was written during the pass before. */
const mostPasses = 5

const mostNames = 100

/**
 * Copies everything that the target does not have yet. Each batch and the place where it ends are written in one transaction:
 * a copy that is killed goes on from there.
 */
export async function copyStore(
  source: CopySource,
  target: StoreCopying,
  onBatch: OnBatch,
): Promise<CopyResult> {
  const result: CopyResult = { kinds: {}, conflicts: [], refused: [], startedAt: 0 }
  const id = await source.id()
  for (let pass = 0; pass < mostPasses; pass++) {
    const before = copiedIn(result)
    result.startedAt = Date.now()
    const positions = await target.positions(id)
    for (const kind of copiedKinds)
      for await (const batch of readAhead(source.read(kind, positions.get(kind) || undefined))) {
        const outcome = await target.write(id, batch)
        add(result, kind, outcome)
        onBatch(kind, batch.entries.length)
      }
    if (copiedIn(result) === before) break
  }
  return result
}

/** Counts what a copy would read. */
export async function countEntries(
  source: CopySource,
  positions: ReadonlyMap<string, string>,
): Promise<Partial<Record<CopiedKind, number>>> {
  const counts: Partial<Record<CopiedKind, number>> = {}
  for (const kind of copiedKinds)
    for await (const { entries } of source.read(kind, positions.get(kind) || undefined))
      if (entries.length > 0) counts[kind] = (counts[kind] ?? 0) + entries.length
  return counts
}

/** Reads the next batch while the one before is written. */
async function* readAhead(batches: AsyncIterable<CopyBatch>): AsyncGenerator<CopyBatch> {
  const iterator = batches[Symbol.asyncIterator]()
  let next = iterator.next()
  for (;;) {
    const { done, value } = await next
    if (done) return
    next = iterator.next()
    // Reported when it is awaited.
    next.catch(() => {})
    yield value
  }
}

const copiedIn = ({ kinds }: CopyResult): number =>
  Object.values(kinds).reduce((sum, { copied }) => sum + copied, 0)

function add(result: CopyResult, kind: CopiedKind, outcome: CopyOutcome): void {
  const { copied, known, conflicts, refused = [], laterReceipts = 0 } = outcome
  if (copied + known + conflicts.length + refused.length === 0) return
  const counts = { copied: 0, known: 0, conflicts: 0, refused: 0, laterReceipts: 0 }
  const sum = result.kinds[kind] ?? counts
  result.kinds[kind] = sum
  sum.copied += copied
  sum.known += known
  sum.conflicts += conflicts.length
  sum.refused += refused.length
  sum.laterReceipts += laterReceipts
  addNames(result.conflicts, conflicts)
  addNames(result.refused, refused)
}

function addNames(names: string[], more: readonly string[]): void {
  for (const name of more) if (names.length < mostNames && !names.includes(name)) names.push(name)
}

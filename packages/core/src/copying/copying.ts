import type { CopiedEntries, CopiedKind } from './entries.ts'

/** In the order in which they are copied: removals first, so that nothing of theirs is added; then what others refer to. */
export const copiedKinds = [
  'removals',
  'events',
  'prices',
  'spans',
  'test runs',
  'items',
  'verdicts',
  'reviews',
  'claims',
  'cohorts',
  'views',
  'budgets',
  'health',
] as const satisfies readonly CopiedKind[]

/** Some entries of one kind. */
export interface CopyBatch<Kind extends CopiedKind = CopiedKind> {
  readonly kind: Kind
  readonly entries: readonly CopiedEntries[Kind][]
  /** Where the source continues after this batch. Only the source reads it. */
  readonly position: string
  /** `removalMark`s of views, cohorts or budgets that were copied before and that the source no longer has. */
  readonly gone?: readonly string[]
}

/** What became of a batch. */
export interface CopyOutcome {
  readonly copied: number
  /** The target had them already. */
  readonly known: number
  /** Names of entries in whose place the target has something else, which stands. */
  readonly conflicts: readonly string[]
  /** Why entries could not be kept, one sentence for each. */
  readonly refused?: readonly string[]
  /** Entries whose time of receipt could not be kept, because the target had later ones. */
  readonly laterReceipts?: number
}

/** The part of a store from which another one is filled. */
export interface CopySource {
  /** Identifies the store. */
  id(): Promise<string>
  /** What was added or changed after a position, in the order of arrival. Default: everything. */
  read<Kind extends CopiedKind>(kind: Kind, after?: string): AsyncIterable<CopyBatch<Kind>>
  /** How many of each kind there are, at most as far as they can be counted without reading them. */
  counts(): Promise<Readonly<Record<CopiedKind, number>>>
  /** What is not copied, with its counts. */
  leftBehind(): Promise<Readonly<Record<string, number>>>
}

/** The part of a store that is filled from another one. */
export interface CopyTarget {
  /** Where the copy of a source has got to, by kind; and `conflicts` if the target has something else in a place. */
  positions(source: string): Promise<ReadonlyMap<string, string>>
  /** Adds a batch, and notes its position in the same transaction. */
  write(source: string, batch: CopyBatch): Promise<CopyOutcome>
  /** Other sources that were copied into this store. */
  otherSources(source: string): Promise<number>
}

export interface StoreCopying extends CopySource, CopyTarget {}

/** The key under which a store has its `StoreCopying`. No part of the contract of stores: only `runtape copy` uses it. */
export const copyingKey: unique symbol = Symbol.for('runtape.copying')

/** The copying part of a store; `undefined` if it has none. */
export const copyingOf = (store: object): StoreCopying | undefined =>
  (store as { readonly [copyingKey]?: () => StoreCopying })[copyingKey]?.()

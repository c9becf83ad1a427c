import type { AsOf, Revision, Store } from '@runtape/core/store'
import type { Args } from '../arguments/args.ts'
import { asOfOf } from '../arguments/as-of.ts'
import { readsFiles } from './open-store.ts'

/** What was read, and the revision that it was read at. */
export interface ReadAt<T> {
  readonly value: T
  /** Only for `--json`. Absent for tape files, which have none. */
  readonly revision?: Revision
}

const mostReads = 5

/** Reads as of `--as-of`. Default: as of now. */
export async function readAt<T>(
  store: Store,
  args: Args,
  read: (at: AsOf) => Promise<T>,
): Promise<ReadAt<T>> {
  const { asOf } = asOfOf(args)
  const needsRevision = args.has('json') && !readsFiles(args)
  if (!needsRevision) return { value: await read(asOf === undefined ? {} : { asOf }) }
  if (asOf === undefined) return readNow(store, read)
  const revision = typeof asOf === 'string' ? asOf : await revisionAt(store, asOf)
  return { value: await read({ asOf: revision ?? asOf }), ...(revision !== undefined && { revision }) }
}

/**
 * The last revision received by a time, or the name that the store gives a revision. Changes from it to itself are none.
 * `undefined` if the store does not know it for everything: a read of runs may know it nevertheless.
 */
export const revisionAt = (store: Store, asOf: Revision | number): Promise<Revision | undefined> =>
  store.changes({ since: asOf, asOf }).then(
    ({ revision }) => revision,
    () => undefined,
  )

/**
 * Reads until nothing is written meanwhile, because not everything can be read as of a revision: a bill of a pruned period
 * cannot.
 */
async function readNow<T>(store: Store, read: (at: AsOf) => Promise<T>): Promise<ReadAt<T>> {
  for (let reads = 1; ; reads++) {
    const revision = await store.revision()
    const value = await read({})
    if ((await store.revision()) === revision) return { value, revision }
    if (reads === mostReads)
      return read({ asOf: revision }).then(
        then => ({ value: then, revision }),
        () => ({ value }),
      )
  }
}

/** The `revision` of JSON. */
export const revisionIn = ({ revision }: ReadAt<unknown>): { readonly revision?: Revision } =>
  revision === undefined ? {} : { revision }

import type { Store } from '@runtape/core/store'

const forgetful = new WeakSet<Store>()

/** Marks a store that keeps test runs in this process only, so that no other machine ever sees them. */
export function markForgetful<S extends Store>(store: S): S {
  forgetful.add(store)
  return store
}

export const isForgetful = (store: Store): boolean => forgetful.has(store)

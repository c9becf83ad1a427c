import { types } from 'node:util'
import type { CallEffects } from '@runtape/core/internal'

type ErrorState = CallEffects['errorState']

/** Whether what was thrown takes no more properties; `undefined` where it does, as nearly all errors do. */
export function errorStateOf(error: unknown): ErrorState {
  if (typeof error !== 'object' || error === null || types.isProxy(error) || Object.isExtensible(error))
    return undefined
  if (Object.isFrozen(error)) return 'frozen'
  return Object.isSealed(error) ? 'sealed' : 'fixed'
}

/** Puts a served error into the state of the recorded one. */
export function putErrorState(error: unknown, state: ErrorState): void {
  if (typeof error !== 'object' || error === null) return
  if (state === 'frozen') Object.freeze(error)
  else if (state === 'sealed') Object.seal(error)
  else if (state === 'fixed') Object.preventExtensions(error)
}

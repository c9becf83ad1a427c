import { types } from 'node:util'
import type { ObjectState, PlacedState } from '@runtape/core/internal'

// Larger values are documents, which code freezes completely or not at all.
const mostObjects = 10_000
const mostStates = 200

/** Whether an object is non-extensible or frozen; `undefined` if it is neither, as almost all are. */
export function stateOf(value: unknown): ObjectState | undefined {
  if (typeof value !== 'object' || value === null || types.isProxy(value) || Object.isExtensible(value))
    return undefined
  if (Object.isFrozen(value)) return 'frozen'
  return Object.isSealed(value) ? 'sealed' : 'fixed'
}

/**
 * The non-extensible objects of a result, inner ones first; `undefined` if there are none.
 *
 * @param inside whether to inspect the inside of an extensible result
 */
export function statesIn(result: unknown, inside: boolean): readonly PlacedState[] | undefined {
  // Every inspection of a proxy calls its handler.
  if (typeof result !== 'object' || result === null || types.isProxy(result)) return undefined
  if (!inside && Object.isExtensible(result)) return undefined
  const states: PlacedState[] = []
  look(result, [], { states, seen: new Set() })
  return states.length === 0 ? undefined : states
}

interface Looking {
  readonly states: PlacedState[]
  readonly seen: Set<object>
}

/** Returns whether it is deeply frozen. */
function look(value: object, path: readonly (string | number)[], looking: Looking): boolean {
  const { states, seen } = looking
  if (seen.has(value)) return true
  if (types.isProxy(value) || seen.size >= mostObjects || states.length >= mostStates) return false
  seen.add(value)
  const before = states.length
  let isDeep = true
  for (const key of Object.keys(value)) {
    const inner: unknown = Object.getOwnPropertyDescriptor(value, key)?.value
    if (typeof inner !== 'object' || inner === null) continue
    if (!look(inner, [...path, Array.isArray(value) ? Number(key) : key], looking)) isDeep = false
  }
  const state = stateOf(value)
  if (state === undefined) return false
  if (state === 'frozen' && isDeep) states.length = before
  states.push({ path, state, ...(state === 'frozen' && isDeep && { isDeep }) })
  return state === 'frozen' && isDeep
}

/** Puts a served value into the states of the recorded one; returns it. */
export function putStates<T>(value: T, states: readonly PlacedState[] = []): T {
  for (const { path, state, isDeep } of states) {
    const found = valueAt(value, path)
    if (isDeep) freezeAll(found, new Set())
    else putState(found, state)
  }
  return value
}

/** Puts one object into this state. */
export function putState(value: unknown, state: ObjectState | undefined): void {
  // Bytes cannot be frozen.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return
  if (state === 'frozen') Object.freeze(value)
  else if (state === 'sealed') Object.seal(value)
  else if (state === 'fixed') Object.preventExtensions(value)
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let at = value
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined
    at = Object.getOwnPropertyDescriptor(at, step)?.value
  }
  return at
}

function freezeAll(value: unknown, seen: Set<object>): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return
  seen.add(value)
  for (const key of Object.keys(value)) freezeAll(Object.getOwnPropertyDescriptor(value, key)?.value, seen)
  putState(value, 'frozen')
}

import { type ClockAndRandom, currentFrame } from '@runtape/core/internal'
import { replaceIfAllowed } from './replace-if-allowed.ts'

const owners = new WeakMap<ArrayBufferView, { world: ClockAndRandom | undefined }>()
const smallest = 128

let isWatching = false

/** Tracks pools from now on, permanently: those filled before a deterministic call must be known in it. */
export function watchPools(): void {
  if (isWatching) return
  isWatching = true
  const node = process.getBuiltinModule('node:crypto')
  const web = Object.getPrototypeOf(globalThis.crypto) as typeof globalThis.crypto
  for (const [crypto, name] of [
    [web, 'getRandomValues'],
    [node, 'getRandomValues'],
    [node, 'randomFillSync'],
  ] as const)
    watch(crypto as unknown as Record<string, Fill>, name)
  process.getBuiltinModule('node:module').syncBuiltinESMExports()
}

type Fill = (array: ArrayBufferView, ...rest: unknown[]) => ArrayBufferView

function watch(crypto: Record<string, Fill>, name: string): void {
  const fill = crypto[name] as Fill
  replaceIfAllowed(crypto, name, function (this: unknown, array, ...rest) {
    const filled = fill.call(this, array, ...rest)
    if (ArrayBuffer.isView(filled)) claimPool(filled, undefined)
    return filled
  })
}

/**
 * Binds the pool of an id generator (`nanoid`, `uuid`) to the entropy that filled it. A pool is filled once and used by later
 * calls. Other entropies find it empty and fill it again: a deterministic call draws its own bytes, and bytes from a recorded
 * seed reach no other code.
 */
export function claimPool(array: ArrayBufferView, world: ClockAndRandom | undefined): void {
  if (array.byteLength < smallest || !(array instanceof Uint8Array)) return
  const owner = owners.get(array)
  if (owner) owner.world = world
  else if (isFilledAsPool()) own(array, world)
}

function own(array: Uint8Array, world: ClockAndRandom | undefined): void {
  const { length } = array
  const owner = { world }
  owners.set(array, owner)
  const get = () => (currentFrame()?.span?.world === owner.world ? length : 0)
  Object.defineProperty(array, 'length', { get, configurable: true })
}

/** By the function that fills it: no other random buffer may lose its length. */
function isFilledAsPool(): boolean {
  const { getCallSites } = process.getBuiltinModule('node:util')
  return getCallSites(8).some(
    ({ functionName, scriptName }) =>
      functionName === 'fillPool' || (functionName === 'rng' && /[\\/]uuid[\\/]/.test(scriptName)),
  )
}

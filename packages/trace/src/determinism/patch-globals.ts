import { type ClockAndRandom, currentFrame, keepRealNow, setRealCrypto } from '@runtape/core/internal'
import { patchMonotonicClocks } from './patch-clocks.ts'
import { patchRandomFunctions } from './patch-random.ts'
import { replaceIfAllowed } from './replace-if-allowed.ts'
import { replacedDate } from './replaced-date.ts'

const slot = Symbol.for('runtape.world-patches.1')
const globals = globalThis as { [slot]?: { holders: number; undo: () => void } }

/**
 * Makes `Date`, `performance.now`, `process.hrtime`, `Math.random` and the random functions of `crypto` use the running call's
 * entropy. Outside such calls they behave as before. They are restored when no holder is left.
 */
export function holdPatches(): void {
  const held = globals[slot]
  if (held) held.holders++
  else globals[slot] = { holders: 1, undo: patchAll() }
}

export function releasePatches(): void {
  const held = globals[slot]
  if (!held || --held.holders > 0) return
  delete globals[slot]
  held.undo()
}

const world = (): ClockAndRandom | undefined => currentFrame()?.span?.world

// So that `import { randomUUID } from 'node:crypto'` also sees it.
const syncImports = () => process.getBuiltinModule('node:module').syncBuiltinESMExports()

function patchAll(): () => void {
  const { Date: RealDate } = globalThis
  const realNow = RealDate.now
  const realRandom = Math.random
  const forgetClock = keepRealNow(() => realNow.call(RealDate))
  const { randomBytes, randomUUID } = process.getBuiltinModule('node:crypto')
  setRealCrypto({ randomBytes, randomUUID })
  const undos = [
    replaceIfAllowed(globalThis, 'Date', replacedDate(RealDate, world)),
    replaceIfAllowed(Math, 'random', () => {
      const bytes = world()?.randomBytes(8)
      return bytes ? fraction(bytes) : realRandom.call(Math)
    }),
    ...patchMonotonicClocks(world),
    ...patchRandomFunctions(world),
  ]
  syncImports()
  return () => {
    for (const undo of undos) undo()
    forgetClock()
    setRealCrypto(undefined)
    syncImports()
  }
}

/** From 0 up to but excluding 1, from 53 random bits, the precision of a number. */
function fraction(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return ((view.getUint32(0) >>> 5) * 2 ** 26 + (view.getUint32(4) >>> 6)) / 2 ** 53
}

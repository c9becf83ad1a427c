import { type ClockAndRandom, currentFrame, setRealNow } from '@runtape/core/internal'
import { replacedDate } from './replaced-date.ts'

const slot = Symbol.for('runtape.world-patches.1')
const globals = globalThis as { [slot]?: { holders: number; undo: () => void } }

/**
 * Lets `Date`, `Math.random` and the random functions of `crypto` ask the world of the call that runs. Outside of such
 * calls they stay what they are, and when nobody holds them any more they are put back.
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

// So that `import { randomUUID } from 'node:crypto'` sees it too.
const syncImports = () => process.getBuiltinModule('node:module').syncBuiltinESMExports()

type WebCrypto = typeof globalThis.crypto

type Random = Pick<WebCrypto, 'getRandomValues' | 'randomUUID'>

function patchAll(): () => void {
  const { Date: RealDate } = globalThis
  const realNow = RealDate.now
  const realRandom = Math.random
  setRealNow(() => realNow.call(RealDate))
  const undos = [
    replace(globalThis, 'Date', replacedDate(RealDate, world)),
    replace(Math, 'random', () => {
      const bytes = world()?.randomBytes(8)
      return bytes ? fraction(bytes) : realRandom.call(Math)
    }),
    ...patchCrypto(Object.getPrototypeOf(globalThis.crypto) as Random),
    ...patchCrypto(process.getBuiltinModule('node:crypto') as unknown as Random),
  ]
  syncImports()
  return () => {
    for (const undo of undos) undo()
    setRealNow(undefined)
    syncImports()
  }
}

function patchCrypto(crypto: Random): (() => void)[] {
  const { getRandomValues, randomUUID } = crypto
  return [
    replace(crypto, 'randomUUID', function (this: unknown, ...options: []) {
      const bytes = world()?.randomBytes(16)
      return bytes ? uuidOf(bytes) : randomUUID.apply(this as WebCrypto, options)
    }),
    replace(crypto, 'getRandomValues', function (this: unknown, array: never) {
      const here = world()
      // Also where the bytes are replaced: it refuses what is no array of whole numbers, or too large.
      const filled: ArrayBufferView = getRandomValues.call(this as WebCrypto, array)
      if (here) bytesOf(filled).set(here.randomBytes(filled.byteLength))
      return filled
    } as never),
  ]
}

/** Puts `value` there; what it gives puts back what was, unless somebody else has replaced it meanwhile. */
function replace<T extends object, K extends keyof T>(target: T, name: K, value: T[K]): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name)
  if (!before?.configurable) return () => {}
  Object.defineProperty(target, name, { ...before, value })
  return () => {
    if (target[name] === value) Object.defineProperty(target, name, before)
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  new Uint8Array(buffer, byteOffset, byteLength)

/** From 0 up to, but not including, 1: of 53 random bits, as many as a number holds. */
function fraction(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return ((view.getUint32(0) >>> 5) * 2 ** 26 + (view.getUint32(4) >>> 6)) / 2 ** 53
}

/** Version 4. */
function uuidOf(random: Uint8Array): ReturnType<WebCrypto['randomUUID']> {
  const bytes = Buffer.from(random)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
  return parts.join('-') as ReturnType<WebCrypto['randomUUID']>
}

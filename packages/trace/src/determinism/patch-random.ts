import type { ClockAndRandom } from '@runtape/core/internal'
import { claimPool } from './random-pools.ts'
import { replaceIfAllowed } from './replace-if-allowed.ts'

type World = () => ClockAndRandom | undefined
type NodeCrypto = typeof import('node:crypto')
type WebCrypto = typeof globalThis.crypto
type Any = (...args: never[]) => unknown
type Callback = (error: Error | null, value?: unknown) => void

/**
 * Makes the random functions of `node:crypto` and of the Web's `crypto` draw from the running call's entropy. Each runs for real
 * first, so that it validates its arguments as usual; then its bytes are replaced.
 */
export function patchRandomFunctions(world: World): (() => void)[] {
  const node = process.getBuiltinModule('node:crypto')
  const web = Object.getPrototypeOf(globalThis.crypto) as WebCrypto
  return [
    ...[web, node as unknown as WebCrypto].flatMap(crypto => patchShared(crypto, world)),
    ...patchNode(node, world),
  ]
}

function patchShared(crypto: WebCrypto, world: World): (() => void)[] {
  const { getRandomValues, randomUUID } = crypto
  return [
    replaceIfAllowed(crypto, 'randomUUID', function (this: WebCrypto, ...options: []) {
      const bytes = world()?.randomBytes(16)
      return bytes ? uuidOf(bytes, 4) : randomUUID.apply(this, options)
    }),
    replaceIfAllowed(crypto, 'getRandomValues', function (this: WebCrypto, array: never) {
      return refill(getRandomValues.call(this, array), world())
    } as never),
  ]
}

function patchNode(crypto: NodeCrypto, world: World): (() => void)[] {
  const { randomBytes, randomInt, randomFill, randomFillSync } = crypto
  return [
    patch({ crypto, name: 'randomBytes', real: randomBytes }, world, refill),
    patch({ crypto, name: 'randomInt', real: randomInt }, world, (_real, here, [low, high]) => {
      const [from, to] = typeof high === 'number' ? [low as number, high] : [0, low as number]
      return here ? from + Number(wholeNumber(here) % BigInt(to - from)) : _real
    }),
    patch({ crypto, name: 'randomFill', real: randomFill }, world, refillPart),
    patch({ crypto, name: 'randomFillSync', real: randomFillSync }, world, refillPart),
    ...patchUuidV7(crypto as { randomUUIDv7?: () => string }, world),
  ]
}

/** Version 7, supported by newer Nodes. */
function patchUuidV7(crypto: { randomUUIDv7?: Any }, world: World): (() => void)[] {
  const { randomUUIDv7 } = crypto
  if (!randomUUIDv7) return []
  const replaced = (...args: never[]): unknown => {
    const here = world()
    if (!here) return randomUUIDv7(...args)
    const bytes = Buffer.from(here.randomBytes(16))
    bytes.writeUIntBE(here.now(), 0, 6)
    return uuidOf(bytes, 7)
  }
  return [replaceIfAllowed(crypto, 'randomUUIDv7', replaced)]
}

type Redraw = (real: never, world: ClockAndRandom | undefined, args: readonly unknown[]) => unknown

interface Patched {
  readonly crypto: NodeCrypto
  readonly name: keyof NodeCrypto
  readonly real: Any
}

/** Replaces a function that returns its result, or passes it to the callback in its last argument. */
function patch({ crypto, name, real }: Patched, world: World, redraw: Redraw): () => void {
  const call = real as (...args: unknown[]) => unknown
  const replaced = function (this: unknown, ...args: unknown[]): unknown {
    const here = world()
    const done = args.at(-1)
    if (typeof done !== 'function' || !here) return redraw(call.apply(this, args) as never, here, args)
    const drawn = replayOrder(here)
    const callback: Callback = (error, value) =>
      (done as Callback)(error, error ? value : redraw(value as never, drawn, args.slice(0, -1)))
    return call.apply(this, [...args.slice(0, -1), callback])
  }
  return replaceIfAllowed(crypto, name, replaced as never)
}

/** Bytes for a callback are drawn at the call, because callbacks run in any order. */
function replayOrder(world: ClockAndRandom): ClockAndRandom {
  const seed = world.randomBytes(32)
  let stream: ReturnType<typeof streamOf> | undefined
  return {
    now: () => world.now(),
    monotonic: (clock, real) => world.monotonic(clock, real),
    randomBytes: count => {
      stream ??= streamOf(seed)
      return stream.update(Buffer.alloc(count))
    },
  }
}

const streamOf = (seed: Uint8Array) =>
  process.getBuiltinModule('node:crypto').createCipheriv('aes-256-ctr', seed, Buffer.alloc(16))

function refill<T extends ArrayBufferView>(filled: T, world: ClockAndRandom | undefined): T {
  if (world) bytesOf(filled).set(world.randomBytes(filled.byteLength))
  claimPool(filled, world)
  return filled
}

function refillPart(
  filled: ArrayBufferView | ArrayBuffer,
  world: ClockAndRandom | undefined,
  [target, offset, size]: readonly unknown[],
): unknown {
  const whole = (filled ?? target) as ArrayBufferView | ArrayBuffer
  const bytes = ArrayBuffer.isView(whole) ? bytesOf(whole) : new Uint8Array(whole)
  const unit = (whole as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1
  const from = typeof offset === 'number' ? offset * unit : 0
  const part = bytes.subarray(from, typeof size === 'number' ? from + size * unit : undefined)
  if (world) part.set(world.randomBytes(part.length))
  if (ArrayBuffer.isView(whole)) claimPool(whole, world)
  return whole
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  new Uint8Array(buffer, byteOffset, byteLength)

const wholeNumber = (world: ClockAndRandom): bigint => Buffer.from(world.randomBytes(16)).readBigUInt64BE()

function uuidOf(random: Uint8Array, version: number): ReturnType<WebCrypto['randomUUID']> {
  const bytes = Buffer.from(random)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4)
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
  return parts.join('-') as ReturnType<WebCrypto['randomUUID']>
}

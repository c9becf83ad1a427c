import { realCrypto } from './real-crypto.ts'

/** A new run's id: a random UUID (version 4). */
export const newRunId = (): string => realCrypto().randomUUID()

/**
 * A new trace's id: 32 lower-case hex digits, W3C compatible. The first 12 are the time in milliseconds, so
 * that a store's index grows at one end; the other 20 are random.
 */
export function newTraceId(): string {
  const now = Date.now()
  if (now !== stampedAt) {
    stampedAt = now
    stamp = now.toString(16).padStart(12, '0')
  }
  return stamp + randomHex(10)
}

let stampedAt = 0
let stamp = '000000000000'

// A span id must be unique within its trace: the process has a random half, the call a counter.
let processHalf: string | undefined
let spanCount = 0

/** A new span's id: 16 lower-case hex digits, unique within its trace and never all zeros. */
export function newSpanId(): string {
  spanCount = (spanCount + 1) >>> 0 || 1
  processHalf ??= realCrypto().randomBytes(4).toString('hex')
  return processHalf + spanCount.toString(16).padStart(8, '0')
}

const poolSize = 1000
let pool = ''
let poolAt = 0

// Random bytes in bulk: one system call per hundred ids.
function randomHex(bytes: number): string {
  const length = bytes * 2
  if (poolAt + length > pool.length) {
    pool = realCrypto().randomBytes(poolSize).toString('hex')
    poolAt = 0
  }
  poolAt += length
  return pool.slice(poolAt - length, poolAt)
}

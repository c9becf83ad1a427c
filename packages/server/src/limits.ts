import { RuntapeError } from '@runtape/core'

/** What one request, one key and the whole server may use. */
export interface ServerLimits {
  /** Bytes of a body as it is sent. Default: 10,000,000. */
  readonly bodyBytes: number
  /** Bytes of a body after decompression. Default: 64,000,000. */
  readonly inflatedBytes: number
  /** Levels of nested arrays and objects in JSON. Default: 200. */
  readonly nesting: number
  /** Requests of one key per second, on average over ten seconds. Default: 1000. */
  readonly requestsPerSecond: number
  /** Requests that are worked on at the same time; more are refused with 429. Default: 200. */
  readonly concurrentRequests: number
  /** Milliseconds for a request, from its first byte to its answer. Default: 60,000. */
  readonly requestMs: number
}

const defaults: ServerLimits = {
  bodyBytes: 10_000_000,
  inflatedBytes: 64_000_000,
  nesting: 200,
  requestsPerSecond: 1000,
  concurrentRequests: 200,
  requestMs: 60_000,
}

/** @throws {RuntapeError} `invalid-option` */
export function checkedLimits(given: Partial<ServerLimits> = {}): ServerLimits {
  for (const [name, value] of Object.entries(given)) {
    if (!(name in defaults))
      throw refused(`limits has no "${name}". It has ${Object.keys(defaults).join(', ')}`)
    if (value !== undefined && !(Number.isInteger(value) && value > 0))
      throw refused(`limits.${name} must be a whole number, 1 or more (got ${String(value)})`)
  }
  const set = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...defaults, ...Object.fromEntries(set) }
}

const refused = (reason: string): RuntapeError => new RuntapeError('invalid-option', `${reason}.`)

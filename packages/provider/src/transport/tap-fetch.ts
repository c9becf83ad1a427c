import { RuntapeError } from '@runtape/core'
import { contractVersion, type Fetch, type HttpProvider } from './http-provider.ts'
import { Tap, type TapOptions } from './tap.ts'

const markOf = ({ name }: HttpProvider): symbol => Symbol.for(`runtape.${name}.tap`)

/** Whether this `fetch` is already tapped for this provider. */
export const isTapped = (provider: HttpProvider, fetch: unknown): boolean =>
  typeof fetch === 'function' && markOf(provider) in fetch

/**
 * A `fetch` that records a provider's model calls; everything else passes unchanged. A tapped `fetch` is returned
 * unchanged.
 *
 * @throws {RuntapeError} `invalid-option` if the provider implements another version of the contract
 *
 * @param inner sends the requests. Default: the global `fetch`, looked up at each call.
 */
export function tapFetch(
  provider: HttpProvider,
  inner: Fetch = globalFetch,
  options: TapOptions = {},
): Fetch {
  if (isTapped(provider, inner)) return inner
  if (provider.contract !== contractVersion) throw otherContract(provider)
  const tap = new Tap(provider, inner, options)
  const fetch: Fetch = (input, init) => tap.fetch(input, init)
  return Object.defineProperty(fetch, markOf(provider), { value: true })
}

const otherContract = ({ name, contract }: HttpProvider): RuntapeError =>
  new RuntapeError(
    'invalid-option',
    `The provider ${name} implements version ${contract} of the @runtape/provider contract, and this is version ${contractVersion}. Install matching versions.`,
  )

// Looked up at each call, so that a later replacement is called too.
const globalFetch: Fetch = (input, init) => globalThis.fetch(input, init)

/** Taps the global `fetch`, once. Clients that are created afterwards are recorded as if they were instrumented. */
export function tapGlobalFetch(provider: HttpProvider, options: TapOptions = {}): void {
  const { fetch } = globalThis
  if (typeof fetch !== 'function' || isTapped(provider, fetch)) return
  const accepts: TapOptions['accepts'] = request => provider.speaks?.(request) ?? true
  const tapped = tapFetch(provider, fetch, { ...options, accepts })
  // Keeps its other properties and its name, `fetch`.
  for (const name of Reflect.ownKeys(fetch)) {
    const descriptor = Object.getOwnPropertyDescriptor(fetch, name)
    if (descriptor) Reflect.defineProperty(tapped, name, descriptor)
  }
  globalThis.fetch = tapped as typeof globalThis.fetch
}

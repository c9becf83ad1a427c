import type { RuntapeError } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import type { Fetch, HttpProvider } from './http-provider.ts'
import type { TapOptions } from './tap.ts'
import { isTapped, tapFetch } from './tap-fetch.ts'

/** A client of an SDK that Stainless generated, as those of OpenAI and Anthropic: it copies itself with other options. */
export interface StainlessClient {
  withOptions(options: object): unknown
}

interface ClientFields extends StainlessClient {
  readonly fetch?: Fetch
  readonly timeout?: unknown
}

/** How a client is instrumented. */
export interface ClientTap extends Pick<TapOptions, 'edit'> {
  /** Why this is no client of the provider's SDK, or that it can have no tap, as an error to throw. */
  refuse(reason: string, cause?: unknown): RuntapeError
  /** Options that the copy loses unless they are passed on. Default: none. */
  readonly keptOptions?: object
}

/**
 * A copy of the client, of the same class, whose `fetch` is tapped for this provider. One that is tapped already is
 * returned as it is.
 *
 * @throws {RuntapeError} what `refuse` returns, if the client allows no other `fetch`.
 */
export function instrumentClient<C extends StainlessClient>(
  provider: HttpProvider,
  client: C,
  { edit, refuse, keptOptions }: ClientTap,
): C {
  const { fetch, timeout, withOptions } = (client ?? {}) as ClientFields
  if (isTapped(provider, fetch)) return client
  if (typeof withOptions !== 'function') throw refuse('it has no withOptions()')
  const tap = tapFetch(provider, fetch, {
    ...(edit && { edit }),
    isOwn: true,
    timeoutMs: typeof timeout === 'number' ? timeout : undefined,
  })
  const copy = copyWith(client, { ...keptOptions, fetch: tap }, refuse)
  // A class with another constructor than the SDK's takes no options.
  if (!isTapped(provider, copy?.fetch))
    throw refuse('the copy that its withOptions() returns has another fetch')
  return copy as unknown as C
}

function copyWith(client: StainlessClient, options: object, refuse: ClientTap['refuse']): ClientFields {
  try {
    return client.withOptions(options) as ClientFields
  } catch (error) {
    throw refuse(`its withOptions({ fetch }) failed: ${messageOf(error)}`, error)
  }
}

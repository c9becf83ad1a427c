import { RuntapeError } from '@runtape/core'
import { instrumentClient, type StainlessClient } from '@runtape/provider/http'
import { openai } from './provider.ts'
import { type IncludeUsage, StreamOptions } from './stream-options.ts'

/** The required parts of a client: `OpenAI` and `AzureOpenAI` of the `openai` package, versions 5 to 7, have them. */
export type OpenAIClient = StainlessClient

export interface InstrumentOptions {
  /**
   * Whether to request the usage of streams if the application does not. `auto`: yes, until the host refuses it; the application
   * sees neither the refusal nor the usage. `true`: always. Default: `auto`.
   */
  readonly includeUsage?: IncludeUsage
}

interface ClientFields {
  readonly apiKey?: unknown
  readonly apiVersion?: unknown
  readonly deploymentName?: unknown
  readonly _options?: { readonly apiKey?: unknown }
}

/**
 * A copy of the client that records its model calls: a chat completion, for example, as a span of key `openai.chat.completions`
 * with request, answer, usage, model and time to first token, if tracing is configured, and in the run of the surrounding
 * `tracker.run`. In a replay they are answered from the tape. The copy has the same class and behaviour, with another `fetch`.
 * Request headers are never recorded.
 *
 * An already instrumented client is returned unchanged.
 *
 * @throws {RuntapeError} `invalid-option` if this is not a client of the `openai` package, or does not accept a `fetch`.
 *
 * @example
 * ```ts
 * import { instrumentOpenAI } from '@runtape/openai'
 * import OpenAI from 'openai'
 *
 * const openai = instrumentOpenAI(new OpenAI())
 * ```
 */
export function instrumentOpenAI<C extends OpenAIClient>(
  client: C,
  { includeUsage }: InstrumentOptions = {},
): C {
  return instrumentClient(openai, client, {
    edit: new StreamOptions(includeUsage),
    keptOptions: { ...azureOptions(client), ...keyOf(client) },
    refuse: notAClient,
  })
}

// Versions 5 and 6 lose these two when they copy an Azure client.
function azureOptions(client: OpenAIClient): object {
  const { apiVersion, deploymentName } = (client ?? {}) as ClientFields
  return typeof apiVersion === 'string' ? { apiVersion, deployment: deploymentName } : {}
}

// Versions 5 and early 6 copy the latest token instead of the function that creates it; later ones lose a key that was set after
// the client was created.
function keyOf(client: OpenAIClient): object {
  const { apiKey, _options } = (client ?? {}) as ClientFields
  // Its tokens come from a separate option, which the copy keeps; it accepts no function as a key.
  if ('bedrockTokenProvider' in Object(client ?? {})) return {}
  if (typeof _options?.apiKey === 'function') return { apiKey: _options.apiKey }
  return typeof _options?.apiKey === 'string' && typeof apiKey === 'string' ? { apiKey } : {}
}

function notAClient(reason: string, cause?: unknown): RuntapeError {
  return new RuntapeError(
    'invalid-option',
    `instrumentOpenAI cannot instrument this client: ${reason}. Pass a client of the openai package, version 5 or later: instrumentOpenAI(new OpenAI()).`,
    { cause },
  )
}

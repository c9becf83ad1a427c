import { RuntapeError } from '@runtape/core'
import { instrumentClient, type StainlessClient } from '@runtape/provider/http'
import { openai } from './provider.ts'
import { type IncludeUsage, StreamOptions } from './stream-options.ts'

/** What is needed of a client: `OpenAI` and `AzureOpenAI` of the `openai` package, versions 5 to 7, have it. */
export type OpenAIClient = StainlessClient

export interface InstrumentOptions {
  /**
   * Whether to ask for the usage of streams where the application did not. `auto`: yes, but no longer where the host
   * refuses it; the application sees neither the refusal nor the usage. `true`: always. Default: `auto`.
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
 * A client like this one whose chat completions are recorded: each as a span of key `openai.chat.completions` with
 * request, answer, usage, model and time to first token, wherever `configureTracing` or a traced function says so,
 * and in the run of the `tracker.run` around it. In a replay they are answered from the tape. The client is of the
 * same class and behaves as before: only its `fetch` is another. Request headers are never recorded.
 *
 * A client that is instrumented already is given back as it is.
 *
 * @throws {RuntapeError} `invalid-option`, when this is no client of the `openai` package, or one that does
 * not take a `fetch`.
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

// Versions 5 and 6 forget these two when they copy an Azure client.
function azureOptions(client: OpenAIClient): object {
  const { apiVersion, deploymentName } = (client ?? {}) as ClientFields
  return typeof apiVersion === 'string' ? { apiVersion, deployment: deploymentName } : {}
}

// Versions 5 and early 6 copy the latest token in place of the function that makes it; later ones forget a key that was
// set after the client was made.
function keyOf(client: OpenAIClient): object {
  const { apiKey, _options } = (client ?? {}) as ClientFields
  // Its tokens come by a separate option, which the copy keeps; it takes no function as a key.
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

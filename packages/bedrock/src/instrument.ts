import { RuntapeError } from '@runtape/core'
import { addToStack } from './call/middleware.ts'
import type { MiddlewareStack } from './smithy.ts'

/** The required parts of a client: `BedrockRuntimeClient` and `BedrockRuntime` of the AWS SDK, version 3, have them. */
export interface BedrockClient {
  readonly middlewareStack: { add(middleware: never, options: never): void }
}

/**
 * Records the model calls of this client: Converse, ConverseStream, InvokeModel and InvokeModelWithResponseStream, each as a span
 * of key `bedrock.converse`, `bedrock.converse-stream`, `bedrock.invoke-model` or `bedrock.invoke-model-stream` with input,
 * answer, usage, model and time to first token, if tracing is configured, and in the run of the surrounding `tracker.run`. In a
 * replay they are answered from the tape.
 *
 * Returns the same client, with added middleware on its public stack; other commands pass unchanged. Instrumenting it again has
 * no effect. Nothing of the HTTP request is recorded.
 *
 * @throws {RuntapeError} `invalid-option` if this is not a client of `@aws-sdk/client-bedrock-runtime`.
 *
 * @example
 * ```ts
 * import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime'
 * import { instrumentBedrock } from '@runtape/bedrock'
 *
 * const bedrock = instrumentBedrock(new BedrockRuntimeClient({ region: 'eu-central-1' }))
 * ```
 */
export function instrumentBedrock<C extends BedrockClient>(client: C): C {
  const { middlewareStack, config } = (client ?? {}) as Partial<ClientFields>
  if (typeof middlewareStack?.add !== 'function') throw notAClient('it has no middlewareStack')
  const { serviceId = bedrock } = config ?? {}
  if (serviceId !== bedrock) throw notAClient(`it is a client of ${serviceId}`)
  addToStack(middlewareStack)
  return client
}

interface ClientFields {
  readonly middlewareStack: MiddlewareStack
  readonly config: { readonly serviceId?: unknown }
}

const bedrock = 'Bedrock Runtime'

function notAClient(reason: string): RuntapeError {
  return new RuntapeError(
    'invalid-option',
    `instrumentBedrock cannot instrument this client: ${reason}. Pass a client of @aws-sdk/client-bedrock-runtime, version 3: instrumentBedrock(new BedrockRuntimeClient({})).`,
  )
}

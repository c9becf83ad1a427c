import type * as Aws from '@aws-sdk/client-bedrock-runtime'
import { collectAs } from '../host/settled.ts'
import type { BedrockBehaviour, BedrockSdk } from './case.ts'

/** A behaviour as it is written here: in the types of one version of the SDK. */
export interface Behaviour extends BedrockBehaviour {
  see(client: Client, sdk: Sdk): Promise<unknown>
}

export type Client = Aws.BedrockRuntimeClient
export type Sdk = typeof Aws

/** A question for Converse and ConverseStream. */
export const question = {
  modelId: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
  messages: [{ role: 'user' as const, content: [{ text: 'Wie spät ist es?' }] }],
}

/** A question for InvokeModel and InvokeModelWithResponseStream, of a model of Anthropic. */
export const invocation = {
  modelId: question.modelId,
  contentType: 'application/json',
  body: JSON.stringify({ anthropic_version: 'bedrock-2023-05-31', max_tokens: 100, messages: [] }),
}

/** What an application can tell of an error of the SDK. */
export function errorSeen(error: unknown): unknown {
  const { name, constructor, message, $fault, $metadata, $response } =
    error as Aws.BedrockRuntimeServiceException
  const { code, cause } = error as NodeJS.ErrnoException
  return {
    class: constructor.name,
    name,
    message,
    code,
    $fault,
    metadata: steady($metadata),
    status: $response?.statusCode,
    because: cause instanceof Error ? `${cause.name}: ${cause.message}` : cause,
  }
}

// The wait between attempts is drawn anew each time; what else is told of them must be the same.
const steady = (metadata: object | undefined) =>
  metadata && { ...metadata, ...('totalRetryDelay' in metadata && { totalRetryDelay: 'told' }) }

/** What a promise of the SDK came to: its value, or what an application can tell of its error. */
export async function outcome(promise: Promise<object>): Promise<unknown> {
  return orError(async () => {
    const value = await promise
    return {
      value: { ...value, ...('$metadata' in value && { $metadata: steady(value.$metadata as object) }) },
    }
  })
}

/** Reads a stream of the SDK to its end: its items, and what an application can tell of the error that ended it. */
export const collect = collectAs(errorSeen)

async function orError(see: () => Promise<object>): Promise<unknown> {
  try {
    return await see()
  } catch (error) {
    return { error: errorSeen(error) }
  }
}

export const converse = (client: Client, sdk: Sdk) => outcome(client.send(new sdk.ConverseCommand(question)))

export const converseStream = (client: Client, sdk: Sdk) =>
  orError(async () => {
    const { stream, $metadata } = await client.send(new sdk.ConverseStreamCommand(question))
    return { ...(await collect(stream)), $metadata: steady($metadata) }
  })

export const invoke = (client: Client, sdk: Sdk) =>
  orError(async () => {
    const { body, $metadata, ...rest } = await client.send(new sdk.InvokeModelCommand(invocation))
    return { text: body.transformToString(), bytes: body.byteLength, ...rest, $metadata: steady($metadata) }
  })

export const invokeStream = (client: Client, sdk: Sdk) =>
  orError(async () => {
    const command = new sdk.InvokeModelWithResponseStreamCommand(invocation)
    const { body, ...rest } = await client.send(command)
    const { items, error } = await collect(body)
    const texts = items.map(item => (item.chunk?.bytes ? Buffer.from(item.chunk.bytes).toString() : item))
    return { texts, error, ...rest, $metadata: steady(rest.$metadata) }
  })

/** The four ways to call a model, each with a question, and what an application sees of the answer or the error. */
export interface BedrockCalls {
  converse(client: object): Promise<unknown>
  converseStream(client: object): Promise<unknown>
  invoke(client: object): Promise<unknown>
  invokeStream(client: object): Promise<unknown>
}

/** The calls that the contract is made of, for tests of your own beside it. */
export function bedrockCalls(module: BedrockSdk): BedrockCalls {
  const sdk = module as Sdk
  return {
    converse: (client: Client) => converse(client, sdk),
    converseStream: (client: Client) => converseStream(client, sdk),
    invoke: (client: Client) => invoke(client, sdk),
    invokeStream: (client: Client) => invokeStream(client, sdk),
  }
}

import type * as Aws from '@aws-sdk/client-bedrock-runtime'
import type { FakeHost } from '../host/fake-host.ts'
import type { BedrockBehaviour } from './case.ts'
import { collect, invocation, observedError, outcome, question, steady } from './observations.ts'

/** A behaviour in the types of one version of the SDK. */
export interface Behaviour extends BedrockBehaviour {
  observe(client: Client, sdk: Sdk, host: FakeHost): Promise<unknown>
}

export type Client = Aws.BedrockRuntimeClient
export type Sdk = typeof Aws

async function orError(observe: () => Promise<object>): Promise<unknown> {
  try {
    return await observe()
  } catch (error) {
    return { error: observedError(error) }
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

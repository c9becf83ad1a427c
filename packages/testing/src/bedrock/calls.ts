import type { BedrockSdk } from './case.ts'
import { type Client, converse, converseStream, invoke, invokeStream, type Sdk } from './observe.ts'

/** The four kinds of model calls, each with a question, and what an application observes of the answer or error. */
export interface BedrockCalls {
  converse(client: object): Promise<unknown>
  converseStream(client: object): Promise<unknown>
  invoke(client: object): Promise<unknown>
  invokeStream(client: object): Promise<unknown>
}

/** The calls of the contract, for additional tests of your own. */
export function bedrockCalls(module: BedrockSdk): BedrockCalls {
  const sdk = module as Sdk
  return {
    converse: (client: Client) => converse(client, sdk),
    converseStream: (client: Client) => converseStream(client, sdk),
    invoke: (client: Client) => invoke(client, sdk),
    invokeStream: (client: Client) => invokeStream(client, sdk),
  }
}

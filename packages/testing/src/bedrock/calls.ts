import type { BedrockSdk } from './case.ts'
import { type Client, converse, converseStream, invoke, invokeStream, type Sdk } from './see.ts'

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

import { type FakeHost, type HostRequest, type Reply, startFakeHost } from '../host/fake-host.ts'
import { checkAlike, type Instrumentation, type Observation, withHost } from '../host/see-twice.ts'
import { quickRetries } from './quick-retries.ts'

/** Starts a host on loopback for clients of Bedrock; its `url` is their `endpoint`. HTTP/1.1 and HTTP/2 alike. */
export const startFakeBedrock = (): Promise<FakeHost> => startFakeHost()

/** A class of the SDK that makes commands. */
export type BedrockCommand = new (input: never) => object

/** What the contract needs of `@aws-sdk/client-bedrock-runtime`: pass the module as it is. */
export interface BedrockSdk<Client extends object = object> {
  readonly BedrockRuntimeClient: new (config: never) => Client
  readonly ConverseCommand: BedrockCommand
  readonly ConverseStreamCommand: BedrockCommand
  readonly InvokeModelCommand: BedrockCommand
  readonly InvokeModelWithResponseStreamCommand: BedrockCommand
  /** Not in the first versions, like the two below. */
  readonly ApplyGuardrailCommand?: BedrockCommand
  readonly ListAsyncInvokesCommand?: BedrockCommand
  readonly paginateListAsyncInvokes?: (config: never, input: never) => AsyncIterable<unknown>
}

/** An instrumentation of Bedrock's client to be checked, with the SDK that it is checked with. */
export interface BedrockSubject<Client extends object = object> extends Instrumentation<Client> {
  /** The module: `import * as sdk from '@aws-sdk/client-bedrock-runtime'`. */
  readonly sdk: BedrockSdk<Client>
  /** Options of each client beside region, endpoint and credentials: a request handler, for instance. */
  clientOptions?(): object
}

/** What the SDK promises an application, and an instrumented client has to promise too. */
export interface BedrockBehaviour {
  /** What the application does or meets. */
  readonly title: string
  /** What the SDK must have for the case to mean anything. */
  readonly needs?: 'ApplyGuardrailCommand' | 'ListAsyncInvokesCommand' | 'paginateListAsyncInvokes'
  /** Nothing of it reaches the host. */
  readonly isSilent?: true
  /** What the host answers. */
  readonly reply: Reply
  /** Does with the client what an application does, and resolves with all that it sees of it. */
  see(client: object, sdk: BedrockSdk, host: FakeHost): Promise<unknown>
}

/** One promise of the Bedrock contract. */
export interface BedrockContractCase extends BedrockBehaviour {
  /** Rejects when an application sees anything else of an instrumented client than of a bare one. */
  readonly check: (subject: BedrockSubject) => Promise<void>
}

/** The behaviour as a case: seen twice, with and without instrumentation, at a new host. */
export function bedrockCase(behaviour: BedrockBehaviour): BedrockContractCase {
  const check = (subject: BedrockSubject) =>
    withHost(startFakeBedrock, host => {
      const { sdk } = subject
      const newClient = () => new sdk.BedrockRuntimeClient(configFor(host, subject) as never)
      const observation = (client: object) => observe(behaviour, client, sdk, host)
      return checkAlike({ isSilent: behaviour.isSilent, host, newClient, observe: observation }, subject)
    })
  return { ...behaviour, check }
}

const configFor = (host: FakeHost, subject: BedrockSubject): object => ({
  region: 'eu-central-1',
  endpoint: host.url,
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'the-secret' },
  retryStrategy: quickRetries,
  ...subject.clientOptions?.(),
})

async function observe(
  { reply, see }: BedrockBehaviour,
  client: object,
  sdk: BedrockSdk,
  host: FakeHost,
): Promise<Observation> {
  host.answer(reply)
  const seen = await see(client, sdk, host)
  ;(client as { destroy?(): void }).destroy?.()
  return { seen, requests: host.seen.map(requestSeen) }
}

// All but what the SDK draws anew for each request: its id, its date and its signature.
const requestSeen = ({ method, path, headers, text }: HostRequest): unknown => ({
  method,
  path,
  attempt: headers['amz-sdk-request'],
  agent: headers['user-agent'],
  names: Object.keys(headers).sort(),
  text,
})

import { checkAlike, type Instrumentation, type Observation, withHost } from '../host/differential.ts'
import { type FakeHost, type HostRequest, type Reply, startFakeHost } from '../host/fake-host.ts'
import { quickRetries } from './quick-retries.ts'

/** Starts a host on loopback for Bedrock clients; its `url` is their `endpoint`. Supports HTTP/1.1 and HTTP/2. */
export const startFakeBedrock = (): Promise<FakeHost> => startFakeHost()

/** A command class of the SDK. */
export type BedrockCommand = new (input: never) => object

/** The parts of `@aws-sdk/client-bedrock-runtime` that the contract needs: pass the module itself. */
export interface BedrockSdk<Client extends object = object> {
  readonly BedrockRuntimeClient: new (config: never) => Client
  readonly ConverseCommand: BedrockCommand
  readonly ConverseStreamCommand: BedrockCommand
  readonly InvokeModelCommand: BedrockCommand
  readonly InvokeModelWithResponseStreamCommand: BedrockCommand
  /** Missing in the first versions, like the two below. */
  readonly ApplyGuardrailCommand?: BedrockCommand
  readonly ListAsyncInvokesCommand?: BedrockCommand
  readonly paginateListAsyncInvokes?: (config: never, input: never) => AsyncIterable<unknown>
}

/** An instrumentation of Bedrock's client to check, with the SDK to check it with. */
export interface BedrockSubject<Client extends object = object> extends Instrumentation<Client> {
  /** The module: `import * as sdk from '@aws-sdk/client-bedrock-runtime'`. */
  readonly sdk: BedrockSdk<Client>
  /** Client options besides region, endpoint and credentials, such as a request handler. */
  clientOptions?(): object
}

/** A promise of the SDK to applications, which an instrumented client must keep too. */
export interface BedrockBehaviour {
  /** What the application does or encounters. */
  readonly title: string
  /** Features of the SDK that the case needs. */
  readonly needs?: 'ApplyGuardrailCommand' | 'ListAsyncInvokesCommand' | 'paginateListAsyncInvokes'
  /** The case sends nothing to the host. */
  readonly isSilent?: true
  /** What the host answers. */
  readonly reply: Reply
  /** Uses the client as an application does, and resolves with everything that it observes. */
  observe(client: object, sdk: BedrockSdk, host: FakeHost): Promise<unknown>
}

/** A case of the Bedrock contract. */
export interface BedrockContractCase extends BedrockBehaviour {
  /** Rejects if an application observes a difference between an instrumented client and a bare one. */
  readonly check: (subject: BedrockSubject) => Promise<void>
}

/** The behaviour as a case: observed twice, with and without instrumentation, at a new host. */
export function bedrockCase(behaviour: BedrockBehaviour): BedrockContractCase {
  const check = (subject: BedrockSubject) =>
    withHost(startFakeBedrock, host => {
      const { sdk } = subject
      const newClient = () => new sdk.BedrockRuntimeClient(configFor(host, subject) as never)
      const observation = (client: object) => observationOf(behaviour, client, sdk, host)
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

async function observationOf(
  { reply, observe }: BedrockBehaviour,
  client: object,
  sdk: BedrockSdk,
  host: FakeHost,
): Promise<Observation> {
  host.answer(reply)
  const result = await observe(client, sdk, host)
  ;(client as { destroy?(): void }).destroy?.()
  return { result, requests: host.requests.map(observedRequest) }
}

// Everything except what the SDK generates for each request: id, date and signature.
const observedRequest = ({ method, path, headers, text }: HostRequest): unknown => ({
  method,
  path,
  attempt: headers['amz-sdk-request'],
  agent: headers['user-agent'],
  names: Object.keys(headers).sort(),
  text,
})

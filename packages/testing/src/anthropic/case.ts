import { checkAlike, type Instrumentation, type Observation, withHost } from '../host/differential.ts'
import { type FakeHost, type HostRequest, type Reply, startFakeHost } from '../host/fake-host.ts'

/** Starts a host on loopback for clients of `@anthropic-ai/sdk`; its `url` is their `baseURL`. */
export const startFakeAnthropic = (): Promise<FakeHost> => startFakeHost()

/** Options with which the contract creates a client. */
export interface AnthropicOptions {
  readonly apiKey: string
  readonly baseURL: string
}

/** The parts of `@anthropic-ai/sdk`, version 0.50 or later, that the contract needs. */
export interface AnthropicSdk<Client extends object = object> {
  /** The class exported by the package. */
  readonly Anthropic: new (
    options: AnthropicOptions,
  ) => Client
}

/** An instrumentation of `@anthropic-ai/sdk` to check, with the SDK to check it with. */
export interface AnthropicSubject<Client extends object = object>
  extends AnthropicSdk<Client>,
    Instrumentation<Client> {}

/** Features that only some versions of the SDK have. */
export type AnthropicFeature = 'parse' | 'toolRunner' | 'thread' | 'middleware' | 'credentials'

/** A promise of the SDK to applications, which an instrumented client must keep too. */
export interface AnthropicBehaviour {
  /** What the application does or encounters. */
  readonly title: string
  /** Features of the SDK that the case needs. */
  readonly needs?: AnthropicFeature
  /** The case sends nothing to the host. */
  readonly isSilent?: true
  /** What the host answers. */
  readonly reply: Reply
  /** Additional client options. */
  options?(): object
  /** Uses the client as an application does, and resolves with everything that it observes. */
  observe(client: object, sdk: AnthropicSdk, host: FakeHost): Promise<unknown>
}

/** A case of the Anthropic contract. */
export interface AnthropicContractCase extends AnthropicBehaviour {
  /** Rejects if an application observes a difference between an instrumented client and a bare one. */
  readonly check: (subject: AnthropicSubject) => Promise<void>
}

/** Whether a version of the SDK has the features that a case needs. */
export function anthropicHas({ Anthropic }: AnthropicSdk, feature: AnthropicFeature | undefined): boolean {
  if (feature === undefined) return true
  const client = new Anthropic({ apiKey: 'none', baseURL: 'http://127.0.0.1' }) as ClientParts
  const { messages } = client.beta
  if (feature === 'parse') return 'parse' in client.messages
  return feature === 'middleware' || feature === 'credentials' ? feature in client : feature in messages
}

interface ClientParts {
  readonly messages: object
  readonly beta: { readonly messages: object }
}

/** The behaviour as a case: observed twice, with and without instrumentation, at a new host. */
export function anthropicCase(behaviour: AnthropicBehaviour): AnthropicContractCase {
  const check = (subject: AnthropicSubject) =>
    withHost(startFakeAnthropic, host => {
      const options = { apiKey: 'sk-ant-test', baseURL: host.url }
      const newClient = () => new subject.Anthropic({ ...options, ...behaviour.options?.() })
      const observation = (client: object) => observationOf(behaviour, client, subject, host)
      return checkAlike({ isSilent: behaviour.isSilent, host, newClient, observe: observation }, subject)
    })
  return { ...behaviour, check }
}

async function observationOf(
  { reply, observe }: AnthropicBehaviour,
  client: object,
  sdk: AnthropicSdk,
  host: FakeHost,
): Promise<Observation> {
  host.answer(reply)
  const result = await observe(client, sdk, host)
  return { result, requests: host.requests.map(observedRequest) }
}

// Every header added by the SDK, and the body.
function observedRequest({ method, path, headers, text }: HostRequest): unknown {
  const own = Object.entries(headers).filter(([name]) =>
    /^(x-|anthropic-|accept$|content-type$|authoriz)/.test(name),
  )
  const isForm = headers['content-type']?.startsWith('multipart/')
  const { 'content-type': type, ...rest } = Object.fromEntries(own)
  return { method, path, ...rest, type: isForm ? 'form' : type, text: isForm ? '' : text }
}

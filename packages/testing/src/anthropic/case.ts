import { type FakeHost, type HostRequest, type Reply, startFakeHost } from '../host/fake-host.ts'
import { checkAlike, type Instrumentation, type Observation, withHost } from '../host/see-twice.ts'

/** Starts a host on loopback for clients of `@anthropic-ai/sdk`; its `url` is their `baseURL`. */
export const startFakeAnthropic = (): Promise<FakeHost> => startFakeHost()

/** What the contract makes a client with. */
export interface AnthropicOptions {
  readonly apiKey: string
  readonly baseURL: string
}

/** What the contract needs of `@anthropic-ai/sdk`, of version 0.50 or newer. */
export interface AnthropicSdk<Client extends object = object> {
  /** The class that the package exports. */
  readonly Anthropic: new (
    options: AnthropicOptions,
  ) => Client
}

/** An instrumentation of `@anthropic-ai/sdk` to be checked, with the SDK that it is checked with. */
export interface AnthropicSubject<Client extends object = object>
  extends AnthropicSdk<Client>,
    Instrumentation<Client> {}

/** What only some versions of the SDK have. */
export type AnthropicFeature = 'parse' | 'toolRunner' | 'thread' | 'middleware' | 'credentials'

/** What the SDK promises an application, and an instrumented client has to promise too. */
export interface AnthropicBehaviour {
  /** What the application does or meets. */
  readonly title: string
  /** What the SDK must have for the case to mean anything. */
  readonly needs?: AnthropicFeature
  /** Nothing of it reaches the host. */
  readonly isSilent?: true
  /** What the host answers. */
  readonly reply: Reply
  /** Further options of the client. */
  options?(): object
  /** Does with the client what an application does, and resolves with all that it sees of it. */
  see(client: object, sdk: AnthropicSdk, host: FakeHost): Promise<unknown>
}

/** One promise of the Anthropic contract. */
export interface AnthropicContractCase extends AnthropicBehaviour {
  /** Rejects when an application sees anything else of an instrumented client than of a bare one. */
  readonly check: (subject: AnthropicSubject) => Promise<void>
}

/** Whether a version of the SDK has what a case needs. */
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

/** The behaviour as a case: seen twice, with and without instrumentation, at a new host. */
export function anthropicCase(behaviour: AnthropicBehaviour): AnthropicContractCase {
  const check = (subject: AnthropicSubject) =>
    withHost(startFakeAnthropic, host => {
      const options = { apiKey: 'sk-ant-test', baseURL: host.url }
      const newClient = () => new subject.Anthropic({ ...options, ...behaviour.options?.() })
      const observation = (client: object) => observe(behaviour, client, subject, host)
      return checkAlike({ isSilent: behaviour.isSilent, host, newClient, observe: observation }, subject)
    })
  return { ...behaviour, check }
}

async function observe(
  { reply, see }: AnthropicBehaviour,
  client: object,
  sdk: AnthropicSdk,
  host: FakeHost,
): Promise<Observation> {
  host.answer(reply)
  const seen = await see(client, sdk, host)
  return { seen, requests: host.seen.map(requestSeen) }
}

// Every header of the SDK's own, and what it sent.
function requestSeen({ method, path, headers, text }: HostRequest): unknown {
  const own = Object.entries(headers).filter(([name]) =>
    /^(x-|anthropic-|accept$|content-type$|authoriz)/.test(name),
  )
  const isForm = headers['content-type']?.startsWith('multipart/')
  const { 'content-type': type, ...rest } = Object.fromEntries(own)
  return { method, path, ...rest, type: isForm ? 'form' : type, text: isForm ? '' : text }
}

import { type FakeHost, type HostRequest, type Reply, startFakeHost } from '../host/fake-host.ts'
import { checkAlike, type Instrumentation, type Observation, withHost } from '../host/see-twice.ts'

/** Starts a host on loopback for clients of `@google/genai`; its `url` is the `baseUrl` of their `httpOptions`. */
export const startFakeGoogle = (): Promise<FakeHost> => startFakeHost()

/** What the contract makes a client with. */
export interface GoogleOptions {
  readonly apiKey?: string
  readonly httpOptions: { readonly baseUrl: string }
}

/** What the contract needs of `@google/genai`. */
export interface GoogleSdk<Client extends object = object> {
  /** The class that the package exports. */
  readonly GoogleGenAI: new (
    options: GoogleOptions,
  ) => Client
}

/** An instrumentation of `@google/genai` to be checked, with the SDK that it is checked with. */
export interface GoogleSubject<Client extends object = object>
  extends GoogleSdk<Client>,
    Instrumentation<Client> {}

/** What only some versions of the SDK have: a `fetch` in `httpOptions`, and interactions without a beta. */
export type GoogleFeature = 'fetch' | 'voices'

/** What the SDK promises an application, and an instrumented client has to promise too. */
export interface GoogleBehaviour {
  /** What the application does or meets. */
  readonly title: string
  /** What the SDK must have for the case to mean anything. */
  readonly needs?: GoogleFeature
  /** Nothing of it reaches the host. */
  readonly isSilent?: true
  /** What the host answers. */
  readonly reply: Reply
  /** Further options of the client; its `httpOptions` are added to those that name the host. */
  options?(): { readonly httpOptions?: object; readonly [option: string]: unknown }
  /** Does with the client what an application does, and resolves with all that it sees of it. */
  see(client: object, sdk: GoogleSdk, host: FakeHost): Promise<unknown>
}

/** One promise of the Google contract. */
export interface GoogleContractCase extends GoogleBehaviour {
  /** Rejects when an application sees anything else of an instrumented client than of a bare one. */
  readonly check: (subject: GoogleSubject) => Promise<void>
}

/** Whether a version of the SDK has what a case needs. */
export function googleHas({ GoogleGenAI }: GoogleSdk, feature: GoogleFeature | undefined): boolean {
  if (feature === undefined) return true
  const { prototype } = GoogleGenAI as { prototype: object }
  if (feature === 'voices') return 'voices' in prototype
  const { apiClient } = new GoogleGenAI({
    apiKey: 'none',
    httpOptions: { baseUrl: 'http://127.0.0.1' },
  }) as { apiClient?: object }
  return apiClient !== undefined && 'getFetch' in apiClient
}

/** The behaviour as a case: seen twice, with and without instrumentation, at a new host. */
export function googleCase(behaviour: GoogleBehaviour): GoogleContractCase {
  const check = (subject: GoogleSubject) =>
    withHost(startFakeGoogle, host => {
      const newClient = () => new subject.GoogleGenAI(clientOptions(behaviour, host.url))
      const observation = (client: object) => observe(behaviour, client, subject, host)
      return checkAlike({ isSilent: behaviour.isSilent, host, newClient, observe: observation }, subject)
    })
  return { ...behaviour, check }
}

function clientOptions({ options }: GoogleBehaviour, baseUrl: string): GoogleOptions {
  const { httpOptions, ...more } = options?.() ?? {}
  return { apiKey: 'the-key', ...more, httpOptions: { baseUrl, ...httpOptions } }
}

async function observe(
  { reply, see }: GoogleBehaviour,
  client: object,
  sdk: GoogleSdk,
  host: FakeHost,
): Promise<Observation> {
  host.answer(reply)
  const seen = await see(client, sdk, host)
  return { seen, requests: host.seen.map(requestSeen) }
}

// Every header of the SDK's own, and what it sent.
function requestSeen({ method, path, headers, text }: HostRequest): unknown {
  const own = Object.entries(headers).filter(([name]) =>
    /^(x-|accept$|content-type$|authoriz|user-agent)/.test(name),
  )
  return { method, path, ...Object.fromEntries(own), text }
}

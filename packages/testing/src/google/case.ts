import { checkAlike, type Instrumentation, type Observation, withHost } from '../host/differential.ts'
import { type FakeHost, type HostRequest, type Reply, startFakeHost } from '../host/fake-host.ts'

/** Starts a host on loopback for clients of `@google/genai`; its `url` is the `baseUrl` of their `httpOptions`. */
export const startFakeGoogle = (): Promise<FakeHost> => startFakeHost()

/** Options with which the contract creates a client. */
export interface GoogleOptions {
  readonly apiKey?: string
  readonly httpOptions: { readonly baseUrl: string }
}

/** The parts of `@google/genai` that the contract needs. */
export interface GoogleSdk<Client extends object = object> {
  /** The class exported by the package. */
  readonly GoogleGenAI: new (
    options: GoogleOptions,
  ) => Client
}

/** An instrumentation of `@google/genai` to check, with the SDK to check it with. */
export interface GoogleSubject<Client extends object = object>
  extends GoogleSdk<Client>,
    Instrumentation<Client> {}

/** Features that only some versions of the SDK have: a `fetch` in `httpOptions`, and interactions without a beta. */
export type GoogleFeature = 'fetch' | 'voices'

/** A promise of the SDK to applications, which an instrumented client must keep too. */
export interface GoogleBehaviour {
  /** What the application does or encounters. */
  readonly title: string
  /** Features of the SDK that the case needs. */
  readonly needs?: GoogleFeature
  /** The case sends nothing to the host. */
  readonly isSilent?: true
  /** What the host answers. */
  readonly reply: Reply
  /** Additional client options; its `httpOptions` are merged with those that name the host. */
  options?(): { readonly httpOptions?: object; readonly [option: string]: unknown }
  /** Uses the client as an application does, and resolves with everything that it observes. */
  observe(client: object, sdk: GoogleSdk, host: FakeHost): Promise<unknown>
}

/** A case of the Google contract. */
export interface GoogleContractCase extends GoogleBehaviour {
  /** Rejects if an application observes a difference between an instrumented client and a bare one. */
  readonly check: (subject: GoogleSubject) => Promise<void>
}

/** Whether a version of the SDK has the features that a case needs. */
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

/** The behaviour as a case: observed twice, with and without instrumentation, at a new host. */
export function googleCase(behaviour: GoogleBehaviour): GoogleContractCase {
  const check = (subject: GoogleSubject) =>
    withHost(startFakeGoogle, host => {
      const newClient = () => new subject.GoogleGenAI(clientOptions(behaviour, host.url))
      const observation = (client: object) => observationOf(behaviour, client, subject, host)
      return checkAlike({ isSilent: behaviour.isSilent, host, newClient, observe: observation }, subject)
    })
  return { ...behaviour, check }
}

function clientOptions({ options }: GoogleBehaviour, baseUrl: string): GoogleOptions {
  const { httpOptions, ...more } = options?.() ?? {}
  return { apiKey: 'the-key', ...more, httpOptions: { baseUrl, ...httpOptions } }
}

async function observationOf(
  { reply, observe }: GoogleBehaviour,
  client: object,
  sdk: GoogleSdk,
  host: FakeHost,
): Promise<Observation> {
  host.answer(reply)
  const result = await observe(client, sdk, host)
  return { result, requests: host.requests.map(observedRequest) }
}

// Every header added by the SDK, and the body.
function observedRequest({ method, path, headers, text }: HostRequest): unknown {
  const own = Object.entries(headers).filter(([name]) =>
    /^(x-|accept$|content-type$|authoriz|user-agent)/.test(name),
  )
  return { method, path, ...Object.fromEntries(own), text }
}

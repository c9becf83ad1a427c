import { checkAlike, type Instrumentation, type Observation, withHost } from '../host/differential.ts'
import { type FakeHost, type HostRequest, type Reply, startFakeHost } from '../host/fake-host.ts'

/** Starts a host on loopback for clients of the `openai` package; its `url` is their `baseURL`. */
export const startFakeOpenAI = (): Promise<FakeHost> => startFakeHost('/v1')

/** Options with which the contract creates a client. */
export interface OpenAIOptions {
  readonly apiKey: string
  readonly baseURL: string
}

/** The parts of the `openai` package, version 5 or later, that the contract needs. */
export interface OpenAISdk<Client extends object = object> {
  /** The class exported by the package. */
  readonly OpenAI: new (
    options: OpenAIOptions,
  ) => Client
  /**
   * A response format for an object `{ hour, minute }` of numbers, made by the SDK's helper: `() => zodResponseFormat(z.object({
   * hour: z.number(), minute: z.number() }), 'time')`. Without it one case is skipped.
   */
  timeFormat?(): unknown
}

/** An instrumentation of the `openai` package to check, with the SDK to check it with. */
export interface OpenAISubject<Client extends object = object>
  extends OpenAISdk<Client>,
    Instrumentation<Client> {}

/** A promise of the SDK to applications, which an instrumented client must keep too. */
export interface OpenAIBehaviour {
  /** What the application does or encounters. */
  readonly title: string
  /** Features of the subject that the case needs. */
  readonly needs?: 'timeFormat'
  /** The case sends nothing to the host. */
  readonly isSilent?: true
  /** What the host answers. */
  readonly reply: Reply
  /** Uses the client as an application does, and resolves with everything that it observes. */
  observe(client: object, sdk: OpenAISdk, host: FakeHost): Promise<unknown>
}

/** A case of the OpenAI contract. */
export interface OpenAIContractCase extends OpenAIBehaviour {
  /** Rejects if an application observes a difference between an instrumented client and a bare one. */
  readonly check: (subject: OpenAISubject) => Promise<void>
}

/** The behaviour as a case: observed twice, with and without instrumentation, at a new host. */
export function openaiCase(behaviour: OpenAIBehaviour): OpenAIContractCase {
  const check = (subject: OpenAISubject) =>
    withHost(startFakeOpenAI, host => {
      const newClient = () => new subject.OpenAI({ apiKey: 'sk-test', baseURL: host.url })
      const observation = (client: object) => observationOf(behaviour, client, subject, host)
      return checkAlike({ isSilent: behaviour.isSilent, host, newClient, observe: observation }, subject)
    })
  return { ...behaviour, check }
}

async function observationOf(
  { reply, observe }: OpenAIBehaviour,
  client: object,
  sdk: OpenAISdk,
  host: FakeHost,
): Promise<Observation> {
  host.answer(reply)
  const result = await observe(client, sdk, host)
  return { result, requests: host.requests.filter(one => !isRefused(one)).map(observedRequest) }
}

/** The model of a request to a host that refuses `stream_options`. */
export const refusingModel = 'gpt-refusing'

// The only request that the application did not make and whose failure it does not see.
const isRefused = ({ body }: HostRequest): boolean =>
  body.model === refusingModel && body.stream_options !== undefined

// Everything except the usage option of an instrumentation, a multipart body's boundary, and its own headers.
function observedRequest({ method, path, headers, body }: HostRequest): unknown {
  const { stream_options: _, ...rest } = body
  return { method, path, retry: headers['x-stainless-retry-count'], accept: headers.accept, rest }
}

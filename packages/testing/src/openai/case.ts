import { type FakeHost, type HostRequest, type Reply, startFakeHost } from '../host/fake-host.ts'
import { checkAlike, type Instrumentation, type Observation, withHost } from '../host/see-twice.ts'

/** Starts a host on loopback for clients of the `openai` package; its `url` is their `baseURL`. */
export const startFakeOpenAI = (): Promise<FakeHost> => startFakeHost('/v1')

/** What the contract makes a client with. */
export interface OpenAIOptions {
  readonly apiKey: string
  readonly baseURL: string
}

/** What the contract needs of the `openai` package, of version 5 or newer. */
export interface OpenAISdk<Client extends object = object> {
  /** The class that the package exports. */
  readonly OpenAI: new (
    options: OpenAIOptions,
  ) => Client
  /**
   * A response format of an object `{ hour, minute }` of numbers, made by the SDK's own helper:
   * `() => zodResponseFormat(z.object({ hour: z.number(), minute: z.number() }), 'time')`. Without it one case less
   * applies.
   */
  timeFormat?(): unknown
}

/** An instrumentation of the `openai` package to be checked, with the SDK that it is checked with. */
export interface OpenAISubject<Client extends object = object>
  extends OpenAISdk<Client>,
    Instrumentation<Client> {}

/** What the SDK promises an application, and an instrumented client has to promise too. */
export interface OpenAIBehaviour {
  /** What the application does or meets. */
  readonly title: string
  /** What a subject must have for the case to mean anything. */
  readonly needs?: 'timeFormat'
  /** Nothing of it reaches the host. */
  readonly isSilent?: true
  /** What the host answers. */
  readonly reply: Reply
  /** Does with the client what an application does, and resolves with all that it sees of it. */
  see(client: object, sdk: OpenAISdk, host: FakeHost): Promise<unknown>
}

/** One promise of the OpenAI contract. */
export interface OpenAIContractCase extends OpenAIBehaviour {
  /** Rejects when an application sees anything else of an instrumented client than of a bare one. */
  readonly check: (subject: OpenAISubject) => Promise<void>
}

/** The behaviour as a case: seen twice, with and without instrumentation, at a new host. */
export function openaiCase(behaviour: OpenAIBehaviour): OpenAIContractCase {
  const check = (subject: OpenAISubject) =>
    withHost(startFakeOpenAI, host => {
      const newClient = () => new subject.OpenAI({ apiKey: 'sk-test', baseURL: host.url })
      const observation = (client: object) => observe(behaviour, client, subject, host)
      return checkAlike({ isSilent: behaviour.isSilent, host, newClient, observe: observation }, subject)
    })
  return { ...behaviour, check }
}

async function observe(
  { reply, see }: OpenAIBehaviour,
  client: object,
  sdk: OpenAISdk,
  host: FakeHost,
): Promise<Observation> {
  host.answer(reply)
  const seen = await see(client, sdk, host)
  return { seen, requests: host.seen.filter(one => !isRefused(one)).map(requestSeen) }
}

/** The model of a question to a host that refuses `stream_options`. */
export const refusingModel = 'gpt-refusing'

// The one request that the application did not make and whose failure it does not see.
const isRefused = ({ body }: HostRequest): boolean =>
  body.model === refusingModel && body.stream_options !== undefined

// All but the usage that an instrumentation may ask for, a multipart body's boundary, and headers of its own.
function requestSeen({ method, path, headers, body }: HostRequest): unknown {
  const { stream_options: _, ...rest } = body
  return { method, path, retry: headers['x-stainless-retry-count'], accept: headers.accept, rest }
}

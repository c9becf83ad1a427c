import { GoogleGenAI } from '@google/genai'

/** A wrapper of the client with one defect, and the cases that must detect it. */
interface BrokenWrapper {
  readonly does: string
  instrument(client: GoogleGenAI): object
  /** Titles of cases. */
  readonly breaks: readonly string[]
  /** Cases that wait until their time limit with this defect; skipped. */
  readonly hangs?: RegExp
}

type Wrap = (inner: typeof fetch) => typeof fetch

interface HttpParts {
  readonly apiClient: { readonly clientOptions: { readonly httpOptions: { fetch?: typeof fetch } } }
}

/** The client with another `fetch`, in the place where the SDK keeps its own. */
function withFetch(client: GoogleGenAI, wrap: Wrap): GoogleGenAI {
  const { httpOptions } = (client as unknown as HttpParts).apiClient.clientOptions
  httpOptions.fetch = wrap(httpOptions.fetch ?? fetch)
  return client
}

const changing =
  (change: (response: Response) => Promise<Response>): Wrap =>
  inner =>
  async (input, init) =>
    change(await inner(input, init))

async function readAhead({ status, statusText, headers, body }: Response): Promise<Response> {
  const bytes = await new Response(body).arrayBuffer()
  return new Response(status === 204 ? null : bytes, { status, statusText, headers })
}

export const brokenWrappers: readonly BrokenWrapper[] = [
  {
    does: 'installs its own fetch, so that the SDK no longer lifts Node’s limits',
    instrument: client => withFetch(client, inner => (input, init) => inner(input, init)),
    breaks: ['a long wait for an answer, without Node’s default limits'],
  },
  {
    does: 'reads a stream to its end before passing it on',
    instrument: client => withFetch(client, changing(readAhead)),
    breaks: ['a connection that breaks in the middle of a stream'],
    hangs: /early break|an abort in the middle/,
  },
  {
    does: 'sends one request more than the application',
    instrument: client =>
      withFetch(client, inner => async (input, init) => {
        const first = await inner(input, init)
        return first.status === 400 ? inner(input, init) : first
      }),
    breaks: ['status 400'],
  },
  {
    does: 'calls the application’s fetch as a method',
    instrument: client =>
      withFetch(client, inner => {
        const holder = { inner }
        return (input, init) => holder.inner(input, init)
      }),
    breaks: ['a fetch of the application, for the client and for one request'],
  },
  {
    does: 'replaces the objects of the SDK',
    instrument: client => {
      const generateContent = async (params: never) => {
        const { text, candidates } = await client.models.generateContent(params)
        return { text, candidates }
      }
      const generateContentStream = client.models.generateContentStream.bind(client.models)
      return { ...client, models: { ...client.models, generateContent, generateContentStream } }
    },
    breaks: ['generateContent', 'the client: its class, fields and parts'],
  },
  {
    does: 'returns another client',
    instrument: client => {
      const { baseUrl = '' } = (client as unknown as { httpOptions: { baseUrl?: string } }).httpOptions
      return new GoogleGenAI({ apiKey: 'another', httpOptions: { baseUrl } })
    },
    breaks: ['generateContent', 'Vertex with a key'],
  },
]

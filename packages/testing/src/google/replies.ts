import type { Reply } from '../host/fake-host.ts'
import { type Headers, streamReplies } from '../host/replies.ts'

/** Answers with JSON, formatted like the real service. */
export const json =
  (body: unknown, status = 200, headers: Headers = {}): Reply =>
  response => {
    response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...always, ...headers })
    response.end(`${JSON.stringify(body, null, 2)}\n`)
  }

const always = { 'server-timing': 'gfet4t7; dur=412', 'x-frame-options': 'SAMEORIGIN' }

/** Answers with an error in the service's format. */
export const failure = (code: number, message: string, headers: Headers = {}): Reply =>
  json({ error: errorOf(code, message) }, code, headers)

/** The error of a failed answer or stream event. */
export const errorOf = (code: number, message: string): object => ({
  code,
  message,
  status: statuses[code] ?? 'UNKNOWN',
})

const statuses: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
}

/** The usage in every answer here: 16 of the 20 prompt tokens are cached. */
export const usageMetadata = {
  promptTokenCount: 20,
  candidatesTokenCount: 5,
  totalTokenCount: 29,
  cachedContentTokenCount: 16,
  promptTokensDetails: [{ modality: 'TEXT', tokenCount: 20 }],
  cacheTokensDetails: [{ modality: 'TEXT', tokenCount: 16 }],
  thoughtsTokenCount: 4,
}

/** An answer, or a chunk of a streamed one, with these parts; `more` overrides its fields. */
export const generated = (parts: readonly object[], more: object = {}): object => ({
  candidates: [{ content: { parts, role: 'model' }, finishReason: 'STOP', index: 0 }],
  usageMetadata,
  modelVersion: 'gemini-test-2026',
  responseId: 'response-1',
  ...more,
})

/** A part of text. */
export const text = (words: string): object => ({ text: words })
/** A part with a summary of thoughts. */
export const thought = (words: string): object => ({ text: words, thought: true })
/** A part that calls a function. */
export const call = (name: string, args: object): object => ({ functionCall: { name, args } })

/** The chunks of a streamed answer with these parts, one each: every chunk has usage, the last one the final usage. */
export const chunks = (...parts: readonly object[]): object[] =>
  parts.map((part, at) => {
    const isLast = at === parts.length - 1
    const candidate = { content: { parts: [part], role: 'model' }, index: 0 }
    const { promptTokenCount, promptTokensDetails, thoughtsTokenCount } = usageMetadata
    const soFar = {
      promptTokenCount,
      candidatesTokenCount: at + 1,
      totalTokenCount: promptTokenCount + at + 1 + thoughtsTokenCount,
      promptTokensDetails,
      thoughtsTokenCount,
    }
    const finish = { ...candidate, finishReason: 'STOP' }
    return generated([], {
      candidates: [isLast ? finish : candidate],
      usageMetadata: isLast ? usageMetadata : soFar,
    })
  })

/** JSON on one line as the service formats it in events: a space after each colon, none after a comma. */
export function printed(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printed).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}: ${printed(member)}`)
  return `{${members.join(',')}}`
}

/** The text of an event. */
export const event = (chunk: unknown, lineEnd = '\r\n'): string =>
  `data: ${printed(chunk)}${lineEnd}${lineEnd}`

/** The texts of the events of these chunks. */
export const events = (all: readonly unknown[], lineEnd?: string): string[] =>
  all.map(one => event(one, lineEnd))

/** Streams the chunks, one event per packet. */
export const stream =
  (...all: object[]): Reply =>
  response =>
    send(response, events(all))

/** The headers of an event stream. */
export const sse: Headers = { 'content-type': 'text/event-stream', ...always }

export const { send, breakAfter, hang } = streamReplies<object>(sse, all => events(all))

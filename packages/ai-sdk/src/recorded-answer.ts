import type { Payload } from '@runtape/core'
import { type Fields, fieldsOf } from '@runtape/provider'

/** What is on the tape of a call: the answer itself, or the parts of a stream; or how it got none. */
export interface RecordedAnswer extends Fields {
  /** The parts of a stream. */
  readonly chunks?: readonly unknown[]
  /** What else there is of a stream. */
  readonly returned?: StreamEnd
  /** The application aborted the call before an answer came. */
  readonly aborted?: true
  /** What the attempts before the last one failed with. */
  readonly failures?: readonly Payload[]
  /** Something in the parts is not to be kept. */
  readonly withheld?: true
}

/** What is recorded of a stream beside its parts. */
export interface StreamEnd extends Fields {
  /** The stream was read to its end, and closed: also where one of its parts is an error. */
  readonly closed?: true
  readonly aborted?: true
}

const keptHeaders: ReadonlySet<string> = new Set([
  'content-type',
  'x-request-id',
  'request-id',
  'apim-request-id',
  'x-amzn-requestid',
  'openai-processing-ms',
  'retry-after',
  'retry-after-ms',
])

/** An answer without what identifies the application, and without a question that is too large to keep twice. */
export function keptAnswer(answer: unknown): Fields {
  const { request, response, ...rest } = fieldsOf(answer)
  return {
    ...rest,
    ...(request !== undefined && { request: keptRequest(request) }),
    ...(response !== undefined && { response: keptResponse(fieldsOf(response)) }),
  }
}

const longestBody = 64 * 1024

function keptRequest(request: unknown): unknown {
  const { body, ...rest } = fieldsOf(request)
  return typeof body === 'string' && body.length > longestBody ? rest : request
}

function keptResponse({ headers, ...rest }: Fields): Fields {
  if (headers === undefined) return rest
  const kept = Object.entries(fieldsOf(headers)).filter(([name]) => isKept(name.toLowerCase()))
  return { ...rest, headers: Object.fromEntries(kept) }
}

const isKept = (name: string) => keptHeaders.has(name) || name.includes('ratelimit')

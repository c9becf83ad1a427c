import type { Payload } from '@runtape/core'
import { type Fields, fieldsOf } from '@runtape/provider'

/** A recorded call: the answer itself, the parts of a stream, or why there is no answer. */
export interface RecordedAnswer extends Fields {
  /** The parts of a stream. */
  readonly chunks?: readonly unknown[]
  /** Other members of a stream's answer. */
  readonly returned?: StreamEnd
  /** The application aborted the call before an answer arrived. */
  readonly aborted?: true
  /** Errors of the attempts before the last one. */
  readonly failures?: readonly Payload[]
  /** The parts contain values that must not be kept. */
  readonly withheld?: true
}

/** Recorded members of a stream besides its parts. */
export interface StreamEnd extends Fields {
  /** The stream was read to its end and closed, even if one of its parts is an error. */
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

/** The answer, minus headers that identify the application and minus a request body over 64 KiB, which the input already has. */
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

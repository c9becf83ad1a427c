import type { Payload } from '@runtape/core'
import { type Fields, fieldsOf, readPayload } from '../json.ts'
import type { Operation } from './operation.ts'

/** What an answer says of itself. */
interface Answer {
  readonly id?: string
  /** One for each choice, if it has choices. */
  readonly finishReasons?: readonly string[]
}

export function answerOf(output: Payload | undefined): Answer {
  const body = answerBody(output)
  const { responseId, id = responseId, choices } = body
  const reasons = Array.isArray(choices) ? choices.map(choice => fieldsOf(choice).finish_reason) : []
  const all = reasons.filter(reason => typeof reason === 'string')
  return {
    ...(typeof id === 'string' && id !== '' && { id }),
    ...(all.length > 0 && { finishReasons: all }),
  }
}

/** The body of an answer: whole, or the sum of a stream. */
export function answerBody(output: Payload | undefined): Fields {
  const value = fieldsOf(readPayload(output))
  return { ...value, ...fieldsOf(value.body) }
}

/** What the request asks for: the conventions' `text`, `json`, `image` or `speech`. */
export function outputType(operation: Operation | undefined, body: Fields): string | undefined {
  if (operation === 'image_generation') return 'image'
  if (operation === 'speech') return 'speech'
  const asked = fieldsOf(body.response_format).type ?? fieldsOf(fieldsOf(body.text).format).type
  if (typeof asked !== 'string') return undefined
  return asked.startsWith('json') ? 'json' : 'text'
}

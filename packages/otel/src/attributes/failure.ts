import type { SpanRecord } from '@runtape/core'
import { fieldsOf, known, readPayload } from '../json.ts'
import { wellFormed } from '../spans/well-formed.ts'
import type { SpanAttributes } from './span-attributes.ts'

/** How a call failed, in the terms of the conventions. */
export interface Failure {
  /** The HTTP status, otherwise the error's code, otherwise its name: few values, suitable for grouping. */
  readonly type: string
  readonly message: string
  /** The attributes of the exception event. */
  readonly exception: SpanAttributes
}

export function failureOf({ status, error }: SpanRecord): Failure | undefined {
  if (status !== 'error') return undefined
  const told = error ?? { name: '_OTHER', message: '' }
  const [name, message] = [told.name, told.message].map(text => wellFormed(text) as string) as [
    string,
    string,
  ]
  const { status: http, code, stack } = fieldsOf(readPayload(error?.value))
  const exception = known({
    'exception.type': name,
    'exception.message': message,
    'exception.stacktrace': typeof stack === 'string' ? wellFormed(stack) : undefined,
  })
  return { type: typeName(http) ?? typeName(code) ?? name, message, exception }
}

function typeName(value: unknown): string | undefined {
  if (Number.isSafeInteger(value)) return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

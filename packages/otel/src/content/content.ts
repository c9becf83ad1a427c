import type { SpanRecord } from '@runtape/core'
import { answerBody } from '../attributes/answer.ts'
import type { Operation } from '../attributes/operation.ts'
import type { SpanAttributes } from '../attributes/span-attributes.ts'
import { type Fields, fieldsOf, known, readPayload } from '../json.ts'
import { inputMessages, outputMessages } from './messages.ts'
import { otherAnswer, otherMessages, systemParts } from './other-messages.ts'

/** A span's content: chat messages, a tool's arguments and result, or else the recorded payloads. */
export function contentOf(
  record: SpanRecord,
  operation: Operation | undefined,
  body: Fields,
): SpanAttributes {
  if (operation === 'chat') return { ...askedOf(record, body), ...answeredOf(record) }
  const { input, output } = record
  if (operation === 'execute_tool') {
    return known({
      'gen_ai.tool.call.arguments': asJson(onlyOne(readPayload(input))),
      'gen_ai.tool.call.result': asJson(readPayload(output)),
    })
  }
  return { ...tapeInput(record), ...tapeOutput(record) }
}

function askedOf(record: SpanRecord, body: Fields): SpanAttributes {
  const messages = otherMessages(body) ?? inputMessages(body)
  return known({
    ...(messages ? { 'gen_ai.input.messages': JSON.stringify(messages) } : tapeInput(record)),
    'gen_ai.system_instructions': asJson(systemParts(body)),
    'gen_ai.tool.definitions': asJson(body.tools ?? fieldsOf(body.toolConfig).tools),
  })
}

function answeredOf(record: SpanRecord): SpanAttributes {
  const messages = outputMessages(readPayload(record.output)) ?? otherAnswer(answerBody(record.output))
  return messages ? { 'gen_ai.output.messages': JSON.stringify(messages) } : tapeOutput(record)
}

// The names of OpenInference, which Langfuse and Phoenix show as input and output.

const tapeInput = ({ input }: SpanRecord): SpanAttributes =>
  input.truncated === undefined ? { 'input.value': input.json, 'input.mime_type': json } : {}

const tapeOutput = ({ output }: SpanRecord): SpanAttributes =>
  output && output.truncated === undefined ? { 'output.value': output.json, 'output.mime_type': json } : {}

const json = 'application/json'

// A tool takes one object; several arguments of a function are sent as a list.
const onlyOne = (args: unknown): unknown => (Array.isArray(args) && args.length === 1 ? args[0] : args)

const asJson = (value: unknown): string | undefined =>
  value === undefined ? undefined : JSON.stringify(value)

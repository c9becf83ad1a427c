import type { SpanRecord } from '@runtape/core'
import { type Fields, known, readPayload } from './json.ts'
import { inputMessages, outputMessages } from './messages.ts'
import type { Operation } from './operation.ts'
import type { SpanAttributes } from './span-attributes.ts'

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
  const messages = inputMessages(body)
  return messages ? { 'gen_ai.input.messages': JSON.stringify(messages) } : tapeInput(record)
}

function answeredOf(record: SpanRecord): SpanAttributes {
  const messages = outputMessages(readPayload(record.output))
  return messages ? { 'gen_ai.output.messages': JSON.stringify(messages) } : tapeOutput(record)
}

const tapeInput = ({ input }: SpanRecord): SpanAttributes =>
  input.truncated === undefined ? { 'runtape.input': input.json } : {}

const tapeOutput = ({ output }: SpanRecord): SpanAttributes =>
  output && output.truncated === undefined ? { 'runtape.output': output.json } : {}

// A tool takes one object; several arguments of a function are sent as a list.
const onlyOne = (args: unknown): unknown => (Array.isArray(args) && args.length === 1 ? args[0] : args)

const asJson = (value: unknown): string | undefined =>
  value === undefined ? undefined : JSON.stringify(value)

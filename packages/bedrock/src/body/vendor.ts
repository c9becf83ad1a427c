import { fieldsOf, jsonOf, textOf } from '@runtape/provider'

/** The first of a list. */
const firstOf = (value: unknown): unknown => (Array.isArray(value) ? value[0] : undefined)

/** The JSON in a body of bytes or text, or `undefined` if there is none. */
export function jsonIn(body: unknown): unknown {
  if (typeof body === 'string') return jsonOf(body)
  return body instanceof Uint8Array
    ? jsonOf(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString())
    : undefined
}

// Names of the same thing by vendor, in whole answers and in stream chunks.

/** The text in a chunk of a vendor's stream, or `undefined` if it has no known text. */
export function textInChunk(chunk: unknown): string | undefined {
  const fields = fieldsOf(chunk)
  const { delta, contentBlockDelta, generation, outputText, completion, outputs, choices } = fields
  const ofConverse = fieldsOf(fieldsOf(contentBlockDelta).delta).text
  const ofDelta = fieldsOf(delta).text ?? fieldsOf(delta).partial_json ?? fieldsOf(delta).thinking
  const ofChoice = fieldsOf(fieldsOf(firstOf(choices)).delta).content
  const found = [
    ofConverse,
    ofDelta,
    generation,
    outputText,
    completion,
    fieldsOf(firstOf(outputs)).text,
    ofChoice,
  ]
  return found.map(textOf).find(text => text !== undefined)
}

/** Which block of the answer a chunk continues, for vendors that number them. */
export function blockOf(chunk: unknown): unknown {
  const { index, contentBlockDelta } = fieldsOf(chunk)
  return fieldsOf(contentBlockDelta).contentBlockIndex ?? index
}

/** Why the model stopped. */
export function stopReasonIn(answer: unknown): string | undefined {
  const { stop_reason, stopReason, completionReason, delta, messageStop, results, outputs, choices } =
    fieldsOf(answer)
  const found = [
    stop_reason,
    stopReason,
    completionReason,
    fieldsOf(delta).stop_reason,
    fieldsOf(messageStop).stopReason,
    fieldsOf(firstOf(results)).completionReason,
    fieldsOf(firstOf(outputs)).stop_reason,
    fieldsOf(firstOf(choices)).finish_reason,
  ]
  return found.map(textOf).find(reason => reason !== undefined)
}

/** Token counts from any part of an answer or chunk, as one object for `usageFromBedrock`. */
export function countsIn(answer: unknown): Readonly<Record<string, unknown>> {
  const fields = fieldsOf(answer)
  const { usage, message, metadata, results } = fields
  const { tokenCount } = fieldsOf(firstOf(results))
  return {
    ...named(fields),
    ...named(fieldsOf(fieldsOf(message).usage)),
    ...named(fieldsOf(fieldsOf(metadata).usage)),
    ...named(fieldsOf(usage)),
    ...(tokenCount !== undefined && { totalOutputTextTokenCount: tokenCount }),
    ...named(fieldsOf(fields['amazon-bedrock-invocationMetrics'])),
  }
}

const isCount = /token(s|_?count)$/i

const named = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => isCount.test(name) && typeof value === 'number'),
  )

import type { Sink, SpanRecord } from '@runtape/core'
import { newSpanId, newTraceId } from '@runtape/core/internal'
import type { CaptureLimits } from '@runtape/trace'
import { isPlainJson } from '@runtape/trace/provider'
import { cannedFetch } from './canned-openai.ts'

type Fetch = typeof cannedFetch
type Step = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>

// Bytes that passed.
const counted = { bytes: 0 }

/** The floor of a tap: it adds one step between the reader and the body, and counts the bytes. */
export const countingFetch: Fetch = async (url, init) => {
  const response = await cannedFetch(url, init)
  const { body } = response
  if (!body || !String(init?.body).includes('"stream":true')) return response
  const { getReader } = body
  const value = () => counting(getReader.call(body) as ReadableStreamDefaultReader<Uint8Array>)
  Object.defineProperty(body, 'getReader', { value })
  return response
}

function counting(reader: ReadableStreamDefaultReader<Uint8Array>): ReadableStreamDefaultReader<Uint8Array> {
  const read = reader.read.bind(reader)
  const count = (step: Step) => {
    counted.bytes += step.value?.length ?? 0
    return step
  }
  return Object.defineProperty(reader, 'read', { value: () => read().then(count) })
}

/** The floor of recording: it reads the answer once, parses it once, and appends one record. */
export function leastFetch(sink: Sink): Fetch {
  return async (url, init) => {
    const response = await cannedFetch(url, init)
    if (String(init?.body).includes('"stream":true')) return response
    // The SDK reads the text of an answer and parses it.
    const value = async () => {
      const text = await Response.prototype.text.call(response)
      const { model } = JSON.parse(text) as { model: string }
      sink.append({ ...recordOf(String(init?.body), text), model })
      return text
    }
    return Object.defineProperty(response, 'text', { value })
  }
}

const unread = new FinalizationRegistry<object>(() => {})
const secretName = /pass|secret|token|key|auth/i
const limits: CaptureLimits = {
  maxPayloadBytes: 4 * 1024 * 1024,
  maxDepth: 500,
  maxLength: 1_000_000,
  isSecret: name => secretName.test(String(name)),
  redactsValues: true,
}

/**
 * The least that does what a recorder of other people's calls must not skip: it searches both texts for secrets, checks that the
 * answer's text can be restored from its JSON, notices an answer that is never read, and returns the very same response.
 */
export function carefulFetch(sink: Sink): Fetch {
  return async (url, init) => {
    const input = String(init?.body)
    const isPlainInput = isPlainJson(JSON.parse(input), limits, 1)
    const response = await cannedFetch(url, init)
    if (input.includes('"stream":true')) return response
    const token = {}
    unread.register(response, token, token)
    const value = async () => {
      const text = await Response.prototype.text.call(response)
      unread.unregister(token)
      const answer = JSON.parse(text) as { model: string }
      const isKept = isPlainInput && isPlainJson(answer, limits) && JSON.stringify(answer) === text
      sink.append({ ...recordOf(input, isKept ? text : 'null'), model: answer.model })
      return text
    }
    return Object.defineProperty(response, 'text', { value })
  }
}

const recordOf = (input: string, output: string): SpanRecord => ({
  kind: 'span',
  traceId: newTraceId(),
  spanId: newSpanId(),
  seq: 0,
  key: 'openai.chat.completions',
  name: 'openai.chat.completions',
  type: 'model',
  startedAt: Date.now(),
  durationMs: 1,
  input: { json: `[${input}]` },
  output: { json: output },
  resultKind: 'promise',
  status: 'ok',
})

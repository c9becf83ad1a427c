import type { Payload, SpanRecord, SpanReplay } from '@runtape/core'
import { readExternalId, spanIdOf, traceIdOf } from './ids.ts'
import { payloadOf } from './payload-of.ts'
import type { SentSpan } from './sent-span.ts'

/** Marks roots that Bitfab's clients can replay; `replay/start` lists by it. */
export const bitfabTag = 'bitfab'

/** The span of our tape for one of a Bitfab client. */
export async function spanRecord(sent: SentSpan, projectName: string): Promise<SpanRecord> {
  const { id, traceId, parentId, key, startedAt, durationMs, data } = sent
  const name = textOf(data.name, key)
  const parentSpanId = parentId === undefined ? undefined : await spanIdOf(projectName, traceId, parentId)
  const output = outputOf(data)
  return {
    ...{ kind: 'span', key, name, type: typeOf(data.type), resultKind: 'promise', startedAt, durationMs },
    traceId: await traceIdOf(projectName, traceId),
    spanId: await spanIdOf(projectName, traceId, id),
    ...(parentSpanId !== undefined && { parentSpanId }),
    seq: parentSpanId === undefined ? 0 : placeOf(sent),
    input: inputOf(data),
    ...(output && { output }),
    ...statusOf(data.error),
    ...(parentSpanId === undefined && { tags: [bitfabTag] }),
    ...(sent.testRunId !== undefined && { replay: replayOf(sent, sent.testRunId) }),
    metadata: {
      source: 'bitfab',
      ...(sent.testRunId !== undefined && { mocked: 'unknown' }),
      bitfab: factsOf(sent),
    },
  }
}

const textOf = (value: unknown, fallback: string): string =>
  typeof value === 'string' && value !== '' ? value : fallback

const typeOf = (type: unknown): string => (type === 'llm' ? 'model' : textOf(type, 'function'))

/**
 * Microseconds of the start. Of calls in one millisecond, the one that ended first comes first: those that ran after each other are in
 * order if all but the last took none.
 */
const placeOf = ({ startedAt, durationMs, isFine }: SentSpan): number =>
  Math.max(0, Math.floor(startedAt * 1000) + (isFine ? 0 : Math.min(999, Math.floor(durationMs))))

type Data = SentSpan['data']

/** Our inputs are lists of arguments. */
function inputOf({ input, input_meta }: Data): Payload {
  if (input === undefined) return { json: '[]', lossy: ['$: the Bitfab client sent no input'] }
  if (Array.isArray(input)) return payloadOf({ json: input, meta: input_meta })
  const { json, meta, lossy } = payloadOf({ json: input, meta: input_meta })
  return {
    json: `[${json}]`,
    ...(meta && { meta: meta.map(([path, ...rest]) => [[0, ...path], ...rest] as (typeof meta)[number]) }),
    ...(lossy && { lossy }),
  }
}

/** What failed has no output; clients send `null` for it. */
function outputOf({ output, output_meta, error }: Data): Payload | undefined {
  if (typeof error === 'string' && (output === null || output === undefined)) return undefined
  if (output === undefined) return { json: 'null', lossy: ['$: the Bitfab client sent no output'] }
  return payloadOf({ json: output, meta: output_meta })
}

function statusOf(error: unknown): Pick<SpanRecord, 'status' | 'error'> {
  if (error === undefined || error === null) return { status: 'ok' }
  const message = typeof error === 'string' ? error : JSON.stringify(error)
  // The clients send only the message.
  const value = { json: JSON.stringify({ name: 'Error', message }), meta: [[[], 'error', 'Error'] as const] }
  return { status: 'error', error: { name: 'Error', message, value } }
}

/** A client names the root that is replayed, in all spans; only the root's counterpart is known. */
function replayOf(sent: SentSpan, testRunId: string): SpanReplay {
  const { inputSourceSpanId, inputSourceTraceId, parentId } = sent
  const source = readExternalId(inputSourceSpanId)
  return {
    ...{ testRunId, mocked: false },
    sourceTraceId: source?.traceId ?? inputSourceTraceId ?? inputSourceSpanId ?? 'unknown',
    ...(source && parentId === undefined && { sourceSpanId: source.spanId }),
  }
}

/** What is given back to clients, and has no place elsewhere. */
function factsOf({ id, traceId, parentId, about, data }: SentSpan): Readonly<Record<string, unknown>> {
  const { input, output, input_meta, output_meta, name: _name, type: _type, error: _error, ...others } = data
  const kept = {
    ...others,
    ...rawOf('input', input, input_meta, !Array.isArray(input)),
    ...rawOf('output', output, output_meta, false),
  }
  return definedOf({ id, traceId, parentId, ...about, data: definedOf(kept) })
}

/** Values with types, in the client's own form: not all of it can be made again from ours. */
const rawOf = (name: string, json: unknown, meta: unknown, isOther: boolean) =>
  meta === undefined && !isOther ? {} : { [name]: json, [`${name}_meta`]: meta }

const definedOf = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

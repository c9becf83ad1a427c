import { type Facts, fieldsOf, numberOf, textOf } from '@runtape/provider'
import type { Operation } from '../operations.ts'
import { countsIn, jsonIn, stopReasonIn } from './vendor.ts'

/** Facts from a (possibly partial) answer. The model is present if it differs from the requested one. */
export interface Answer extends Facts {
  /** As measured by Bedrock, in milliseconds. */
  readonly latencyMs?: number | undefined
}

type Headers = Readonly<Record<string, unknown>>

/** Reads a non-streamed answer. */
export function readAnswer({ speaks }: Operation, output: unknown, headers: Headers): Answer {
  return speaks === 'converse' ? converseAnswer(output) : vendorAnswer(fieldsOf(output).body, headers)
}

function converseAnswer(output: unknown): Answer {
  const { usage, stopReason, metrics, trace, output: told } = fieldsOf(output)
  return {
    usage,
    finishReason: stopReason,
    latencyMs: numberOf(fieldsOf(metrics).latencyMs),
    model: invokedModel(trace),
    notes: fieldsOf(told).message ? [] : ['The answer contains no message.'],
  }
}

/** The model that a prompt router chose. */
export const invokedModel = (trace: unknown): string | undefined =>
  textOf(fieldsOf(fieldsOf(trace).promptRouter).invokedModelId)

function vendorAnswer(body: unknown, headers: Headers): Answer {
  const json = jsonIn(body)
  return {
    usage: { ...countsIn(json), ...countsInHeaders(headers) },
    finishReason: stopReasonIn(json),
    latencyMs: headerNumber(headers, 'x-amzn-bedrock-invocation-latency'),
    notes: json === undefined ? ['The body is not valid JSON.'] : [],
  }
}

/** The counts that Bedrock sends in headers for every vendor, under the names of its stream metrics. */
function countsInHeaders(headers: Headers): object {
  const counts = {
    inputTokenCount: headerNumber(headers, 'x-amzn-bedrock-input-token-count'),
    outputTokenCount: headerNumber(headers, 'x-amzn-bedrock-output-token-count'),
    cacheReadInputTokenCount: headerNumber(headers, 'x-amzn-bedrock-cache-read-input-token-count'),
    cacheWriteInputTokenCount: headerNumber(headers, 'x-amzn-bedrock-cache-write-input-token-count'),
  }
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== undefined))
}

function headerNumber(headers: Headers, name: string): number | undefined {
  const value = headers[name]
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : undefined
}

import { type Facts, fieldsOf, modelSpan, openAs, textOf } from '@runtape/provider'
import type { SpanDefinition, Tracing } from '@runtape/trace'
import { captureInput } from '@runtape/trace/provider'
import { joinAttempts, SdkCall } from './attempts.ts'
import { readUsage, tellUsage } from './usage.ts'

/** The arguments of a middleware. */
export interface Subject {
  readonly params: object
  readonly model: { readonly provider: string; readonly modelId: string }
}

export const generateSpan = modelSpan('ai-sdk.generate')
export const streamSpan = modelSpan('ai-sdk.stream')
export const embedSpan = modelSpan('ai-sdk.embed')

/** The call that the SDK makes or retries; `undefined` if nothing is recorded. */
export function startCall(definition: SpanDefinition, subject: Subject): SdkCall | undefined {
  const call = joinAttempts(definition, subject.params) ?? opened(definition, subject)
  call?.startAttempt()
  return call
}

function opened(definition: SpanDefinition, { params, model }: Subject): SdkCall | undefined {
  const { modelId, provider } = model
  let asked: object | undefined = params
  const input = ({ limits }: Tracing) => captureInput([{ provider, model: modelId, ...known(asked) }], limits)
  const details = { definition, model: modelId, host: provider, usageOf: readUsage, input }
  const call = openAs(details, SdkCall)
  // One of them, the signal, may reference the stream, which the call must not.
  asked = undefined
  return call
}

/** Without signal and headers: they are not part of the question, and may contain keys. */
function known(params: unknown): object {
  const { abortSignal: _signal, headers: _headers, ...asked } = fieldsOf(params)
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined))
}

/** Facts from an answer, whole or as the last part of a stream. */
export function factsOf(answer: unknown, modelId: unknown): Facts {
  const { usage, providerMetadata, finishReason } = fieldsOf(answer)
  return {
    usage: tellUsage(usage, providerMetadata),
    model: textOf(modelId) || undefined,
    finishReason: textOf(finishReason) ?? fieldsOf(finishReason).unified,
  }
}

export const isStreamed = ({ details }: SdkCall): boolean => details.definition === streamSpan

export function signalIn(params: object): AbortSignal | undefined {
  const { abortSignal } = fieldsOf(params)
  return abortSignal instanceof AbortSignal ? abortSignal : undefined
}

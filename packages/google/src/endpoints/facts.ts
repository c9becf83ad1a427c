import { type Facts, type Fields, fieldsOf, objectsIn } from '@runtape/provider'

/** Facts from an answer of `generateContent`, or a chunk of a streamed one. */
export function factsOf(answer: Fields): Facts {
  // Without `alt=sse` a stream is a list.
  const last = Array.isArray(answer) ? fieldsOf(answer.at(-1)) : answer
  const { usageMetadata, modelVersion, candidates, promptFeedback, error } = last
  const [candidate] = objectsIn<Fields>(candidates)
  return {
    usage: usageMetadata,
    model: modelVersion,
    finishReason: candidate?.finishReason ?? fieldsOf(promptFeedback).blockReason,
    error: errorOf(error),
  }
}

/** The status of the error instead of its code, which only repeats HTTP's. */
export function errorOf(error: unknown): unknown {
  if (error === undefined || error === null) return undefined
  const { message, status } = fieldsOf(error)
  return { message: message ?? error, code: status }
}

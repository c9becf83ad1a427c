import { type Facts, type Fields, fieldsOf, objectsIn } from '@runtape/provider'

/** What an answer of `generateContent` says, or a chunk of a streamed one. */
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

/** The status of the error in the place of its code, which is the one of HTTP again. */
export function errorOf(error: unknown): unknown {
  if (error === undefined || error === null) return undefined
  const { message, status } = fieldsOf(error)
  return { message: message ?? error, code: status }
}

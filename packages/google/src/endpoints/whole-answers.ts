import { type Facts, type Fields, fieldsOf, modelSpan, numberOf, objectsIn } from '@runtape/provider'
import type { Endpoint } from '@runtape/provider/http'
import { errorOf, factsOf } from './facts.ts'

/** `POST …:embedContent` and `…:batchEmbedContents`. Some models report no tokens. */
export const embedContent: Endpoint = {
  path: /:(embedContent|batchEmbedContents)$/,
  definition: modelSpan('google.embed-content'),
  mayTellNoUsage: true,
  facts: factsOf,
}

/** `POST …:predict`: embeddings of Vertex, and images, which have no tokens. */
export const predict: Endpoint = {
  path: /:predict$/,
  definition: modelSpan('google.predict'),
  mayTellNoUsage: true,
  facts: ({ predictions, error }): Facts => ({
    usage: usageOf(objectsIn(predictions)),
    error: errorOf(error),
  }),
}

/** The tokens of all embeddings, if each reports its own. */
function usageOf(predictions: readonly Fields[]): Fields | undefined {
  const counts = predictions.map(({ embeddings }) =>
    numberOf(fieldsOf(fieldsOf(embeddings).statistics).token_count),
  )
  const known = counts.filter(count => count !== undefined)
  if (known.length === 0 || known.length < counts.length) return undefined
  return { promptTokenCount: known.reduce((sum, count) => sum + count, 0) }
}

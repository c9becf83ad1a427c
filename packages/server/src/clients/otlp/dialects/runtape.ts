import type { Dialect } from './dialect.ts'
import { toldOf } from './gen-ai.ts'
import { numberIn, textIn, textsIn } from './values.ts'

/** What `@runtape/otel` sends. */
export const runtape: Dialect = {
  name: 'Runtape',
  read: span => {
    const { attributes } = span
    const type = textIn(attributes, 'runtape.type')
    if (type === undefined) return undefined
    return {
      ...toldOf(span, type),
      timeToFirstTokenMs: numberIn(attributes, 'runtape.time_to_first_token_ms'),
      tags: textsIn(attributes, 'runtape.tags'),
    }
  },
}

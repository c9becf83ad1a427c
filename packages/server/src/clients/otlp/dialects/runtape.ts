import { jsonIn, numberIn, textIn, textsIn } from './attributes/values.ts'
import type { Dialect } from './dialect.ts'
import { toldOf } from './gen-ai.ts'

/** What `@runtape/otel` sends. */
export const runtape: Dialect = {
  name: 'Runtape',
  read: span => {
    const { attributes } = span
    const type = textIn(attributes, 'runtape.type')
    if (type === undefined) return undefined
    const told = toldOf(span, type)
    return {
      ...told,
      input: told.input ?? jsonIn(attributes, 'input.value'),
      output: told.output ?? jsonIn(attributes, 'output.value'),
      timeToFirstTokenMs: numberIn(attributes, 'runtape.time_to_first_token_ms'),
      tags: textsIn(attributes, 'runtape.tags'),
    }
  },
}

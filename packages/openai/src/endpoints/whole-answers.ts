import { defineSpan } from '@runtape/trace/provider'
import type { Fields } from '../call/json-fields.ts'
import type { Endpoint } from '../transport/http-provider.ts'
import { mayTell } from '../usage-bytes.ts'
import { isLastEvent, isPiece, LastEventFold } from './typed-events.ts'

const factsOf = ({ usage, model, error }: Fields) => ({ usage, model, error: error ?? undefined })

/** An endpoint with nothing of its own but its path: its key is the path with dots. */
export const endpointAt = (path: string, more: Partial<Endpoint> = {}): Endpoint => ({
  path,
  definition: defineSpan(`openai${path.replaceAll('/', '.')}`, { type: 'model' }),
  facts: factsOf,
  newFold: () => new LastEventFold(),
  hasContent: isPiece,
  mayTell,
  isLast: isLastEvent,
  ...more,
})

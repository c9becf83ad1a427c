import type { Fields } from '@runtape/provider'
import { modelSpan } from '@runtape/provider'
import type { Endpoint } from '@runtape/provider/http'
import { failureIn } from '../told-usage.ts'
import { isLastEvent, isPiece, LastEventFold } from './typed-events.ts'

const factsOf = (answer: Fields) => ({
  usage: answer.usage,
  model: answer.model,
  error: failureIn(answer),
})

/** An endpoint that differs only in its path: its key is the path with dots. */
export const endpointAt = (path: string, more: Partial<Endpoint> = {}): Endpoint => ({
  path,
  definition: modelSpan(`openai${path.replaceAll('/', '.')}`),
  facts: factsOf,
  events: { newFold: () => new LastEventFold(), hasContent: isPiece, isLast: isLastEvent },
  ...more,
})

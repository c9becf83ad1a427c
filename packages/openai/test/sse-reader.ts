import { type Endpoint, SseBodyReader } from '@runtape/provider/http'
import { hideUsage } from '../src/hide-usage.ts'

interface Options {
  readonly endpoint: Endpoint
  readonly hideUsage: boolean
  readonly limit?: number
}

const openaiFilter = hideUsage({ hidesNull: true, onToldUnasked: () => {} })

/** A reader for a stream of this endpoint, with its usage hidden or not. */
export function newReader({ endpoint, hideUsage: hides, limit = 1e9 }: Options): SseBodyReader {
  const { events: rules } = endpoint
  if (!rules) throw new Error(`${endpoint.path} has no streams`)
  return new SseBodyReader({ rules, limit, filter: hides ? openaiFilter : undefined, onContent: () => {} })
}

/** The facts that a reader found, and its recorded output. */
export function answerOf(reader: SseBodyReader) {
  const { facts, parts } = reader.answer()
  const { notes = [], ...known } = facts
  const json = parts.members?.json ?? ''
  return { facts: { ...known, tooLarge: parts.tooLarge }, notes, recorded: parts.learned, json }
}

import type { OtelSpan } from '../wire/otel-span.ts'
import { aiSdk } from './ai-sdk.ts'
import type { Dialect, Told } from './dialect.ts'
import { genAi } from './gen-ai.ts'
import { langfuse } from './langfuse.ts'
import { openInference } from './open-inference.ts'
import { laminar, langSmith, traceloop } from './others.ts'
import { peopleOf } from './people.ts'
import { runtape } from './runtape.ts'

/**
 * From the most to the least particular: a span of the AI SDK also has attributes of the conventions, and processors of others add
 * theirs.
 */
const dialects: readonly Dialect[] = [
  runtape,
  aiSdk,
  openInference,
  langfuse,
  langSmith,
  laminar,
  traceloop,
  genAi,
]

/** What a span says, and in whose words; no dialect if it is about something else than AI. */
export function toldBy(span: OtelSpan): Told & { readonly dialect?: string } {
  const people = peopleOf(span)
  for (const { name, read } of dialects) {
    const told = read(span)
    if (told) return { ...people, ...told, dialect: name }
  }
  return { ...people, type: 'function' }
}

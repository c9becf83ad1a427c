import type { OtelSpan } from '../wire/otel-span.ts'
import { aiSdk } from './ai-sdk.ts'
import { applicationMetadata, promptOf } from './attributes/application.ts'
import { peopleOf } from './attributes/people.ts'
import type { Dialect, Told } from './dialect.ts'
import { genAi, toldOf } from './gen-ai.ts'
import { laminar } from './laminar.ts'
import { langfuse } from './langfuse.ts'
import { langSmith } from './langsmith.ts'
import { openInference } from './open-inference.ts'
import { runtape } from './runtape.ts'
import { traceloop } from './traceloop.ts'

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
  const people = peopleOf(span.attributes)
  for (const { name, read } of dialects) {
    const told = read(span)
    if (told === undefined) continue
    const [prompt, metadata] = [promptOf(span.attributes), applicationMetadata(span.attributes)]
    return { ...people, prompt, metadata, ...withConventions(span, told), dialect: name }
  }
  return { ...people, type: 'function' }
}

/** Processors put some facts into their own words and leave others in those of the conventions. */
function withConventions(span: OtelSpan, told: Told): Told {
  if (told.type !== 'model') return told
  const known = Object.entries(told).filter(([, value]) => value !== undefined)
  return { ...toldOf(span, told.type), ...Object.fromEntries(known) }
}

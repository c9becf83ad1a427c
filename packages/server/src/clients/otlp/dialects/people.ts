import type { OtelSpan } from '../wire/otel-span.ts'
import type { Told } from './dialect.ts'
import { textIn, textsIn } from './values.ts'

/** Whom a span is about, in the words of all dialects. */
export function peopleOf({ attributes }: OtelSpan): Pick<Told, 'sessionId' | 'userId' | 'tags'> {
  const of = (...names: string[]) => textIn(attributes, ...names)
  return {
    userId: of(
      'user.id',
      'enduser.id',
      'langfuse.user.id',
      'ai.telemetry.metadata.userId',
      'traceloop.association.properties.user_id',
      'lmnr.association.properties.user_id',
      'langsmith.metadata.user_id',
    ),
    sessionId: of(
      'session.id',
      'gen_ai.conversation.id',
      'langfuse.session.id',
      'ai.telemetry.metadata.sessionId',
      'traceloop.association.properties.session_id',
      'lmnr.association.properties.session_id',
      'langsmith.trace.session_id',
    ),
    tags: textsIn(attributes, 'langfuse.trace.tags') ?? textsIn(attributes, 'tag.tags'),
  }
}

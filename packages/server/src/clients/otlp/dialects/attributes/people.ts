import type { Attributes } from '../../wire/otel-span.ts'
import { textIn, textsIn } from './values.ts'

/** Whom a span is about. */
export interface People {
  readonly sessionId?: string | undefined
  readonly userId?: string | undefined
  readonly tags?: readonly string[] | undefined
}

/** Whom a span is about, in the words of all dialects. */
export function peopleOf(attributes: Attributes): People {
  return {
    userId: textIn(attributes, ...userNames),
    sessionId: textIn(attributes, ...sessionNames),
    tags: tagsOf(attributes),
  }
}

const userNames = [
  ...['user.id', 'enduser.id', 'langfuse.user.id', 'ai.telemetry.metadata.userId'],
  ...['traceloop.association.properties.user_id', 'traceloop.association.properties.userId'],
  ...['lmnr.association.properties.user_id', 'langsmith.metadata.user_id'],
  'langsmith.metadata.userId',
]

/** `langsmith.trace.session_id` is not among them: it is a project of LangSmith. */
const sessionNames = [
  ...['session.id', 'gen_ai.conversation.id', 'langfuse.session.id', 'ai.telemetry.metadata.sessionId'],
  ...['traceloop.association.properties.session_id', 'traceloop.association.properties.sessionId'],
  'lmnr.association.properties.session_id',
  ...['langsmith.metadata.session_id', 'langsmith.metadata.thread_id', 'langsmith.metadata.conversation_id'],
  'langsmith.metadata.sessionId',
]

const tagNames = [
  ...['langfuse.trace.tags', 'tag.tags', 'lmnr.association.properties.tags', 'ai.telemetry.metadata.tags'],
]

function tagsOf(attributes: Attributes): readonly string[] | undefined {
  const [list, text] = [textsIn(attributes, ...tagNames), textIn(attributes, 'langsmith.span.tags')]
  return list ?? text?.split(', ')
}

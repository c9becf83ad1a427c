import type { TokenUsage } from '@runtape/core'
import type { OtelSpan } from '../wire/otel-span.ts'
import type { Prompt } from './attributes/application.ts'
import type { People } from './attributes/people.ts'

/**
 * What a span says in the words of an instrumentation. All fields but the type are absent if it says nothing: unknown is never
 * zero.
 */
export interface Told extends People {
  /** `model` for a call of a model, which is billed; `tool`, `agent`, or another word for what it is. */
  readonly type: string
  readonly model?: string | undefined
  readonly provider?: string | undefined
  readonly usage?: TokenUsage | undefined
  /** What was asked and answered. */
  readonly input?: unknown
  readonly output?: unknown
  readonly timeToFirstTokenMs?: number | undefined
  /** The provider's id of its answer: two spans with the same one are about the same call. */
  readonly responseId?: string | undefined
  /** Why the call failed, if the status of the span does not say that it did. */
  readonly failure?: string | undefined
  readonly prompt?: Prompt | undefined
  /** What the application says of its own. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/** An instrumentation whose words we know. */
export interface Dialect {
  readonly name: string
  /**
   * What the span says, or `undefined` if it is not of this dialect. Whether it is a call of a model depends on this span alone:
   * its children may come later, or never.
   */
  read(span: OtelSpan): Told | undefined
}

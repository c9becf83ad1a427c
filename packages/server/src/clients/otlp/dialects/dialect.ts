import type { TokenUsage } from '@runtape/core'
import type { OtelSpan } from '../wire/otel-span.ts'

/**
 * What a span says in the words of an instrumentation. All fields but the type are absent if it says nothing: unknown is never
 * zero.
 */
export interface Told {
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
  readonly sessionId?: string | undefined
  readonly userId?: string | undefined
  readonly tags?: readonly string[] | undefined
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

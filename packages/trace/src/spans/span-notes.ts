import type { Logger, SpanRecord, TokenUsage } from '@runtape/core'
import { warnSafely } from '@runtape/core/internal'
import { redactSecrets } from '../capture/json-text.ts'
import type { CaptureLimits } from '../capture/limits.ts'
import { encodeValue } from '../capture/payload.ts'
import type { Tracing } from '../tracing.ts'

/** A provider's data about a model call. */
export interface ModelFacts {
  readonly model?: string
  readonly usage?: TokenUsage
  readonly timeToFirstTokenMs?: number
  readonly metadata?: Readonly<Record<string, unknown>>
}

type Noted = Pick<SpanRecord, 'metadata' | 'tags' | 'sessionId'>

/** The application's data about a running span. */
export class SpanNotes {
  /** The provider's data about it. */
  model: ModelFacts | undefined
  #metadata: Record<string, unknown> | undefined
  #tags: Set<string> | undefined
  #sessionId: string | undefined

  setMetadata(metadata: Readonly<Record<string, unknown>>, { limits, logger }: Tracing): void {
    // In its current state, without secrets, and in JSON types for any store.
    const { json, truncated } = encodeValue(metadata, limits)
    if (truncated !== undefined) {
      return warnSafely(logger, `Metadata of ${truncated} bytes is too large for a span and is omitted.`)
    }
    const copy: unknown = JSON.parse(json)
    if (typeof copy !== 'object' || copy === null || Array.isArray(copy))
      return refuse(logger, 'setMetadata', 'an object')
    this.#metadata = { ...this.#metadata, ...copy }
  }

  addTags(tags: readonly string[], { limits, logger }: Tracing): void {
    if (!tags.every(isText)) return refuse(logger, 'addTags', 'texts')
    this.#tags ??= new Set()
    for (const tag of tags) this.#tags.add(withoutSecrets(tag, limits))
  }

  setSessionId(sessionId: string, { limits, logger }: Tracing): void {
    if (!isText(sessionId)) return refuse(logger, 'setSessionId', 'a text')
    this.#sessionId = withoutSecrets(sessionId, limits)
  }

  /** Whether the application has added anything. */
  get hasAny(): boolean {
    return this.#metadata !== undefined || this.#tags !== undefined || this.#sessionId !== undefined
  }

  /** In addition to the record's data; for equal names the application's value stays. */
  noted(before: SpanRecord['metadata']): Noted {
    return {
      ...(this.#metadata && { metadata: { ...before, ...this.#metadata } }),
      ...(this.#tags && { tags: [...this.#tags] }),
      ...(this.#sessionId !== undefined && { sessionId: this.#sessionId }),
    }
  }
}

const withoutSecrets = (text: string, limits: CaptureLimits) => redactSecrets(text, limits)?.text ?? text

const isText = (value: unknown): value is string => typeof value === 'string'

function refuse(logger: Logger, method: string, needed: string): void {
  warnSafely(logger, `${method} needs ${needed} and got something else: it is omitted.`)
}

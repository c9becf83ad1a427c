import type { FeedbackValue, RunEvent, ScoreValue } from '@runtape/core'
import type { SpanAttributes } from '../attributes/span-attributes.ts'
import { known } from '../json.ts'
import { ownVersion } from '../own-version.ts'
import { RecentRuns } from '../recent-runs.ts'
import type { SpanContext } from '../spans/ended-span.ts'
import { wellFormed } from '../spans/well-formed.ts'
import { contextOf, type LoggerProvider } from './logger-provider.ts'

/** The call that an evaluation is about. */
interface EvaluatedCall extends SpanContext {
  readonly responseId?: string
}

/** Emits scores and feedback as `gen_ai.evaluation.result`. */
export class Evaluations {
  readonly #calls = new RecentRuns<EvaluatedCall>()
  readonly #events: ReturnType<LoggerProvider['getLogger']>
  readonly #content: boolean

  /** @param content whether explanations are exported */
  constructor(provider: LoggerProvider, content: boolean) {
    this.#events = provider.getLogger('@runtape/otel', ownVersion())
    this.#content = content
  }

  /** Remembers a model call: a later evaluation of its run is about the last one. */
  noteCall(runId: string | undefined, span: SpanContext, responseId: unknown): void {
    if (runId === undefined) return
    this.#calls.set(runId, { ...span, ...(typeof responseId === 'string' && { responseId }) })
  }

  /** @returns whether the event is an evaluation */
  emit(event: RunEvent): boolean {
    const result = resultOf(event)
    if (!result) return false
    const call = this.#calls.of(event.runId)
    this.#events.emit({
      eventName: 'gen_ai.evaluation.result',
      timestamp: event.at,
      severityNumber: info,
      attributes: this.#attributes(event, result, call),
      ...(call && { context: contextOf(call) }),
    })
    return true
  }

  #attributes(event: RunEvent, result: EvaluationResult, call: EvaluatedCall | undefined): SpanAttributes {
    const all = known({
      'gen_ai.evaluation.name': result.name,
      'gen_ai.evaluation.score.value': result.score,
      'gen_ai.evaluation.score.label': result.label,
      'gen_ai.evaluation.explanation': this.#content ? result.explanation : undefined,
      'gen_ai.response.id': call?.responseId,
      'runtape.run_id': event.runId,
      'runtape.config_key': event.configKey,
      // Where the span is not known here, as in the process that takes the feedback.
      'runtape.trace_id': call ? undefined : event.traceId,
    })
    return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, wellFormed(value)]))
  }
}

const info = 9

interface EvaluationResult {
  readonly name: string
  readonly score?: number | undefined
  readonly label?: string | undefined
  readonly explanation?: string | undefined
}

function resultOf({ metric, value }: RunEvent): EvaluationResult | undefined {
  if (metric === 'feedback') {
    const { kind, score, comment } = value as FeedbackValue
    return { name: 'feedback', label: kind, score, explanation: comment }
  }
  if (!metric.startsWith('score:')) return undefined
  const { score, reasoning } = value as ScoreValue
  return { name: metric.slice('score:'.length), score, explanation: reasoning }
}

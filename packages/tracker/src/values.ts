import type { FeedbackValue, ScoreValue, TokenUsage, ToolCallValue } from '@runtape/core'

/** A thumbs up or down, with what the person said. */
export type Feedback = FeedbackValue

/** A tool that the run called. Without an `id` each call is its own. */
export type ToolCall = ToolCallValue & { readonly id?: string }

/** A judgement of the run, from an evaluator or a person. */
export type Score = ScoreValue

/** Why `ms` is not a time that can be recorded, or `undefined` when it is. */
export function timeProblem(ms: number): string | undefined {
  if (typeof ms === 'number' && Number.isFinite(ms) && ms >= 0) return undefined
  return `it must be a finite number of milliseconds, 0 or more (got ${show(ms)})`
}

export function feedbackProblem(feedback: Feedback): string | undefined {
  const kind = feedback?.kind
  if (kind !== 'positive' && kind !== 'negative')
    return `kind must be 'positive' or 'negative' (got ${show(kind)})`
  return optionalNumberProblem('score', feedback.score) ?? optionalTextProblem('comment', feedback.comment)
}

export function toolCallProblem(call: ToolCall): string | undefined {
  if (typeof call?.name !== 'string' || call.name === '')
    return `name must be a non-empty string (got ${show(call?.name)})`
  return optionalTextProblem('id', call.id)
}

export function scoreProblem(name: string, score: Score): string | undefined {
  if (typeof name !== 'string' || name === '')
    return `the score's name must be a non-empty string (got ${show(name)})`
  if (typeof score?.score !== 'number') return `score must be a finite number (got ${show(score?.score)})`
  return optionalNumberProblem('score', score.score) ?? optionalTextProblem('reasoning', score.reasoning)
}

// Copies hold the known fields alone, so that the caller may go on changing its own object.

export function copyUsage({
  input,
  output,
  total,
  cachedInput,
  cacheWrite,
  reasoning,
}: TokenUsage): TokenUsage {
  return {
    input,
    output,
    total,
    ...(cachedInput !== undefined && { cachedInput }),
    ...(cacheWrite !== undefined && { cacheWrite }),
    ...(reasoning !== undefined && { reasoning }),
  }
}

export function copyFeedback({ kind, score, comment }: Feedback): Feedback {
  return { kind, ...(score !== undefined && { score }), ...(comment !== undefined && { comment }) }
}

export function copyScore({ score, reasoning }: Score): Score {
  return reasoning === undefined ? { score } : { score, reasoning }
}

function optionalNumberProblem(field: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return undefined
  return `${field} must be a finite number (got ${show(value)})`
}

function optionalTextProblem(field: string, value: unknown): string | undefined {
  return value === undefined || typeof value === 'string'
    ? undefined
    : `${field} must be a string (got ${show(value)})`
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

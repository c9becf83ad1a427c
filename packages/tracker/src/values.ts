import type { FeedbackValue, ScoreValue, TokenUsage, ToolCallValue } from '@runtape/core'
import { copyUsage as copyOfUsage } from '@runtape/core/internal'

/** A thumbs up or down, with the person's comment. */
export type Feedback = FeedbackValue

/** A tool that the run called. Without an `id`, or with an empty one, each call is separate. */
export type ToolCall = ToolCallValue & { readonly id?: string }

/** A judgement of the run, by an evaluator or a person. */
export type Score = ScoreValue

/** Why `ms` cannot be recorded as a time, or `undefined` if it can. */
export function timeProblem(ms: number): string | undefined {
  if (typeof ms === 'number' && ms >= 0 && ms <= Number.MAX_SAFE_INTEGER) return undefined
  return `it must be a finite number of milliseconds, 0 or more (got ${show(ms)})`
}

export function feedbackProblem(feedback: Feedback): string | undefined {
  if (!isObject(feedback)) return objectNeeded("{ kind: 'positive' }", feedback)
  const { kind } = feedback
  if (kind !== 'positive' && kind !== 'negative')
    return `kind must be 'positive' or 'negative' (got ${show(kind)})`
  return optionalNumberProblem('score', feedback.score) ?? optionalTextProblem('comment', feedback.comment)
}

export function toolCallProblem(call: ToolCall): string | undefined {
  if (!isObject(call)) return objectNeeded("{ name: 'search' }", call)
  if (typeof call.name !== 'string' || call.name === '')
    return `name must be a non-empty string (got ${show(call.name)})`
  return optionalTextProblem('id', call.id)
}

export function scoreProblem(score: Score): string | undefined {
  if (!isObject(score)) return objectNeeded('{ score: 0.8 }', score)
  if (typeof score.score !== 'number') return `score must be a finite number (got ${show(score.score)})`
  return optionalNumberProblem('score', score.score) ?? optionalTextProblem('reasoning', score.reasoning)
}

export function scoreNameProblem(name: string): string | undefined {
  if (typeof name === 'string' && name !== '') return undefined
  return `the score's name must be a non-empty string (got ${show(name)})`
}

// Copies contain only the known fields, each read once. The caller may change its own object, and what was checked is what is
// recorded. Values other than objects are left to the check.

export function copyUsage(usage: TokenUsage): TokenUsage {
  return isObject(usage) ? copyOfUsage(usage) : usage
}

export function copyFeedback(feedback: Feedback): Feedback {
  if (!isObject(feedback)) return feedback
  const { kind, score, comment } = feedback
  return { kind, ...(score !== undefined && { score }), ...(comment !== undefined && { comment }) }
}

export function copyToolCall(call: ToolCall): ToolCall {
  if (!isObject(call)) return call
  const { id, name } = call
  return id === undefined || id === '' ? { name } : { id, name }
}

export function copyScore(judged: Score): Score {
  if (!isObject(judged)) return judged
  const { score, reasoning } = judged
  return reasoning === undefined ? { score } : { score, reasoning }
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

const objectNeeded = (example: string, value: unknown): string =>
  `it must be an object such as ${example} (got ${show(value)})`

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
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100))
  if (typeof value === 'function') return 'a function'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

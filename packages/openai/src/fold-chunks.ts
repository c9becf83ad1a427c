import { type Fields, objectsIn } from '@runtape/provider'

import { type Delta, type FoldedMessage, MessageFolder } from './fold-message.ts'

interface ChoiceDelta {
  readonly index?: unknown
  readonly delta?: Delta | null
  readonly finish_reason?: unknown
}

/** Aggregates the chunks of a streamed chat completion to its messages. */
export class ChunkFolder {
  readonly #choices = new Map<unknown, MessageFolder>()

  add(chunk: Fields): void {
    for (const { index, delta, finish_reason } of choicesOf(chunk)) {
      let message = this.#choices.get(index)
      if (!message) {
        message = new MessageFolder()
        this.#choices.set(index, message)
      }
      message.add(delta ?? undefined, finish_reason)
    }
  }

  /** One for each choice. */
  messages(): FoldedMessage[] {
    return Array.from(this.#choices.values(), message => message.message())
  }
}

/** True for a chunk with a part of the answer itself: text, a refusal, reasoning, a tool call, audio. */
export const hasContent = (chunk: Fields): boolean =>
  choicesOf(chunk).some(({ delta }) => delta && Object.entries(delta).some(isContent))

/** True for a chunk with only usage: without choices, or with an empty one. */
export const isUsageOnly = ({ choices, usage }: Fields): boolean =>
  Array.isArray(choices) && choices.every(isEmptyChoice) && typeof usage === 'object' && usage !== null

const isEmptyChoice = (choice: unknown): boolean => {
  const { delta, finish_reason, ...others } = (choice ?? {}) as ChoiceDelta & { readonly logprobs?: unknown }
  const isEmptyDelta = typeof delta === 'object' && delta !== null && Object.keys(delta).length === 0
  return isEmptyDelta && !isThere(finish_reason) && Object.keys(others).every(field => harmless.has(field))
}

const harmless: ReadonlySet<string> = new Set(['index', 'logprobs'])

/** True for a chunk of one choice with only a piece of its text. */
export function isTextOnly({ choices, usage, error }: Fields): boolean {
  const [choice, ...others] = objectsIn<ChoiceDelta>(choices)
  const { delta, finish_reason } = choice ?? {}
  if (others.length > 0 || isThere(finish_reason) || isThere(usage) || isThere(error)) return false
  return (
    typeof delta?.content === 'string' && delta.content !== '' && !Object.entries(delta).some(isOtherContent)
  )
}

const isThere = (value: unknown): boolean => value !== undefined && value !== null

const isOtherContent = ([field, value]: [string, unknown]): boolean =>
  field !== 'content' && isContent([field, value])

const isContent = ([field, value]: [string, unknown]): boolean =>
  field !== 'role' && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)

const choicesOf = ({ choices }: Fields): ChoiceDelta[] => objectsIn(choices)

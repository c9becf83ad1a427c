import { type Fields, objectsIn } from './endpoints/endpoint.ts'

interface ToolCall {
  id?: unknown
  type?: unknown
  function: { name?: unknown; arguments: string }
}

/** An assistant's message as its chunks add up to it. */
export interface FoldedMessage {
  role: unknown
  content: string | null
  refusal?: string
  reasoning?: string
  tool_calls?: ToolCall[]
  finish_reason: unknown
}

interface Choice {
  readonly message: FoldedMessage
  readonly calls: Map<unknown, ToolCall>
}

interface Delta {
  readonly role?: unknown
  readonly content?: unknown
  readonly refusal?: unknown
  readonly reasoning?: unknown
  readonly reasoning_content?: unknown
  readonly tool_calls?: unknown
}

interface ToolCallDelta extends Omit<Partial<ToolCall>, 'function'> {
  readonly index?: unknown
  readonly function?: { readonly name?: unknown; readonly arguments?: unknown }
}

interface ChoiceDelta {
  readonly index?: unknown
  readonly delta?: Delta | null
  readonly finish_reason?: unknown
}

/** Adds the chunks of a streamed chat completion up to its messages. */
export class ChunkFolder {
  readonly #choices = new Map<unknown, Choice>()

  add(chunk: Fields): void {
    for (const choice of choicesOf(chunk)) foldChoice(this.#choiceAt(choice.index), choice)
  }

  /** One for each choice. */
  messages(): FoldedMessage[] {
    return Array.from(this.#choices.values(), ({ message, calls }) =>
      calls.size > 0 ? { ...message, tool_calls: [...calls.values()] } : message,
    )
  }

  #choiceAt(index: unknown): Choice {
    let choice = this.#choices.get(index)
    if (!choice) {
      choice = { message: { role: 'assistant', content: null, finish_reason: null }, calls: new Map() }
      this.#choices.set(index, choice)
    }
    return choice
  }
}

/** True for a chunk that carries something of the answer itself: text, a refusal, reasoning, a tool call, audio. */
export const hasContent = (chunk: Fields): boolean =>
  choicesOf(chunk).some(({ delta }) => delta && Object.entries(delta).some(isContent))

/** True for the chunk that carries nothing but the usage. */
export const isUsageOnly = ({ choices, usage }: Fields): boolean =>
  Array.isArray(choices) && choices.length === 0 && typeof usage === 'object' && usage !== null

/** True for a chunk of one choice that carries a piece of its text and nothing else. */
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

function foldChoice({ message, calls }: Choice, { delta, finish_reason }: ChoiceDelta): void {
  if (finish_reason !== undefined && finish_reason !== null) message.finish_reason = finish_reason
  if (!delta) return
  if (delta.role) message.role = delta.role
  const { content, refusal } = delta
  const reasoning = delta.reasoning_content ?? delta.reasoning
  if (typeof content === 'string') message.content = (message.content ?? '') + content
  if (typeof refusal === 'string') message.refusal = (message.refusal ?? '') + refusal
  if (typeof reasoning === 'string') message.reasoning = (message.reasoning ?? '') + reasoning
  for (const call of objectsIn<ToolCallDelta>(delta.tool_calls)) foldToolCall(calls, call)
}

function foldToolCall(
  calls: Map<unknown, ToolCall>,
  { index, id, type, function: part }: ToolCallDelta,
): void {
  const call = calls.get(index) ?? { function: { arguments: '' } }
  calls.set(index, call)
  if (id !== undefined) call.id = id
  if (type !== undefined) call.type = type
  if (part?.name !== undefined) call.function.name = part.name
  if (typeof part?.arguments === 'string') call.function.arguments += part.arguments
}

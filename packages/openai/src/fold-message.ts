import { isFields, objectsIn } from '@runtape/provider'

/** A chunk's part of a message, as sent by hosts. */
export interface Delta {
  readonly role?: unknown
  readonly content?: unknown
  readonly refusal?: unknown
  readonly reasoning?: unknown
  readonly reasoning_content?: unknown
  readonly tool_calls?: unknown
  readonly function_call?: unknown
  readonly audio?: unknown
}

interface FunctionCall {
  name?: string
  arguments: string
}

interface ToolCall {
  id?: string
  type?: string
  function: FunctionCall
}

/** An assistant's message, aggregated from its chunks. */
export interface FoldedMessage {
  role: unknown
  content: string | null
  refusal?: string
  reasoning?: string
  reasoning_content?: string
  function_call?: FunctionCall
  tool_calls?: ToolCall[]
  /** Without its bytes, which are in the events. */
  audio?: { id?: string; transcript?: string }
  finish_reason: unknown
}

interface FunctionDelta {
  readonly name?: unknown
  readonly arguments?: unknown
}

interface ToolCallDelta {
  readonly index?: unknown
  readonly id?: unknown
  readonly type?: unknown
  readonly function?: FunctionDelta | null
}

/** Aggregates the deltas of one choice. */
export class MessageFolder {
  readonly #message: FoldedMessage = { role: 'assistant', content: null, finish_reason: null }
  readonly #calls = new ToolCalls()

  add(delta: Delta | undefined, finishReason: unknown): void {
    const message = this.#message
    if (isText(finishReason)) message.finish_reason = finishReason
    if (!delta) return
    if (isText(delta.role)) message.role = delta.role
    this.#addTexts(delta)
    foldFunction(delta.function_call, () => {
      message.function_call ??= { arguments: '' }
      return message.function_call
    })
    if (isFields(delta.audio)) message.audio = addAudio(message.audio, delta.audio)
    for (const call of objectsIn<ToolCallDelta>(delta.tool_calls)) this.#calls.add(call)
  }

  message(): FoldedMessage {
    const { all } = this.#calls
    return all.length > 0 ? { ...this.#message, tool_calls: [...all] } : this.#message
  }

  #addTexts({ content, refusal, reasoning, reasoning_content }: Delta): void {
    const message = this.#message
    const { text, thinking } = textsIn(content)
    if (text !== undefined) message.content = (message.content ?? '') + text
    if (typeof refusal === 'string') message.refusal = (message.refusal ?? '') + refusal
    if (typeof reasoning === 'string') message.reasoning = (message.reasoning ?? '') + reasoning
    const thought = typeof reasoning_content === 'string' ? reasoning_content : thinking
    if (thought !== undefined) message.reasoning_content = (message.reasoning_content ?? '') + thought
  }
}

interface ContentPart {
  readonly type?: unknown
  readonly text?: unknown
  readonly thinking?: unknown
}

/** Some hosts send a list of parts instead of a text, including the model's thoughts. */
function textsIn(content: unknown): { text?: string; thinking?: string } {
  if (typeof content === 'string') return { text: content }
  const read: { text?: string; thinking?: string } = {}
  for (const { text, thinking } of objectsIn<ContentPart>(content)) {
    if (typeof text === 'string') read.text = (read.text ?? '') + text
    const thought = typeof thinking === 'string' ? thinking : textsIn(thinking).text
    if (thought !== undefined) read.thinking = (read.thinking ?? '') + thought
  }
  return read
}

function addAudio(
  audio: NonNullable<FoldedMessage['audio']> = {},
  { id, transcript }: { readonly id?: unknown; readonly transcript?: unknown },
): NonNullable<FoldedMessage['audio']> {
  const more = typeof transcript === 'string' ? { transcript: (audio.transcript ?? '') + transcript } : {}
  return { ...audio, ...(isText(id) && { id }), ...more }
}

/**
 * The calls of one message. A delta belongs to the call with its index. Some hosts send none, or 0 for every call; there a new id
 * starts a new call.
 */
class ToolCalls {
  readonly all: ToolCall[] = []
  readonly #byIndex = new Map<unknown, ToolCall>()

  add({ index, id, type, function: part }: ToolCallDelta): void {
    const call = this.#of(index, isText(id) ? id : undefined)
    if (isText(id)) call.id = id
    if (isText(type)) call.type = type
    foldFunction(part, () => call.function)
  }

  #of(index: unknown, id: string | undefined): ToolCall {
    const known = typeof index === 'number' ? this.#byIndex.get(index) : this.#withoutIndex(id)
    if (known && (id === undefined || known.id === undefined || known.id === id)) return known
    // Among several at one index, an existing one.
    const former = known && this.all.find(call => call.id === id)
    const call = former ?? { function: { arguments: '' } }
    if (!former) this.all.push(call)
    this.#byIndex.set(index, call)
    return call
  }

  #withoutIndex(id: string | undefined): ToolCall | undefined {
    return id === undefined ? this.all.at(-1) : this.all.find(call => call.id === id)
  }
}

function foldFunction(part: unknown, into: () => FunctionCall): void {
  if (!isFields(part)) return
  const { name, arguments: args } = part as FunctionDelta
  const call = into()
  if (isText(name)) call.name = name
  if (typeof args === 'string') call.arguments += args
  // A host of local models sends the arguments as an object.
  else if (isFields(args)) call.arguments = JSON.stringify(args)
}

/** An empty text has no meaning anywhere: later deltas repeat names and ids as `""` or `null`. */
const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

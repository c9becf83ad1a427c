import { type Fields, fieldsOf, isFields, known } from '../json.ts'

/** Longer images are left out, in characters of base64: one of 6 MB would make a backend refuse its whole batch. */
const longestBlob = 100_000

/** A part of a message, by the conventions' JSON schema. */
export type MessagePart = { readonly type: string } & Fields

export interface ConventionMessage {
  readonly role: string
  readonly parts: readonly MessagePart[]
  readonly finish_reason?: string
}

/** The messages of a request, or `undefined` if it has none that can be read. */
export function inputMessages({ messages }: Fields): readonly ConventionMessage[] | undefined {
  return Array.isArray(messages) && messages.every(isMessage)
    ? messages.map(message => conventional(message))
    : undefined
}

/** One message for each choice of an answer, whole or aggregated from a stream. */
export function outputMessages(answer: unknown): readonly ConventionMessage[] | undefined {
  const { body, choices, message } = fieldsOf(answer)
  const whole = fieldsOf(body).choices
  if (Array.isArray(whole))
    return allMessages(
      whole.map(choice => fieldsOf(choice).message),
      whole,
    )
  if (Array.isArray(choices)) return allMessages(choices, choices)
  return message === undefined ? undefined : allMessages([message], [message])
}

function allMessages(
  messages: readonly unknown[],
  finished: readonly unknown[],
): readonly ConventionMessage[] | undefined {
  if (!messages.every(isMessage)) return undefined
  return messages.map((message, at) => conventional(message, fieldsOf(finished[at]).finish_reason))
}

type Message = Fields & { readonly role: string }

const isMessage = (value: unknown): value is Message => isFields(value) && typeof value.role === 'string'

function conventional(message: Message, finish?: unknown): ConventionMessage {
  const { role, content, refusal, tool_calls: calls } = message
  const parts =
    role === 'tool'
      ? [toolResponse(message)]
      : [...contentParts(content), ...contentParts(refusal), ...callParts(calls)]
  return { role, parts, ...(typeof finish === 'string' && { finish_reason: finish }) }
}

const toolResponse = ({ tool_call_id: id, content }: Message): MessagePart => ({
  type: 'tool_call_response',
  ...known({ id }),
  response: content,
})

function contentParts(content: unknown): readonly MessagePart[] {
  if (typeof content === 'string') return [textPart(content)]
  return Array.isArray(content) ? content.map(contentPart) : []
}

export const textPart = (content: string): MessagePart => ({ type: 'text', content })

function contentPart(part: unknown): MessagePart {
  const fields = fieldsOf(part)
  const { text } = fields
  if (typeof text === 'string') return textPart(text)
  const { url } = fieldsOf(fields.image_url)
  if (typeof url === 'string') return imagePart(url)
  return { ...fields, type: 'generic', ...known({ generic_type: fields.type }) }
}

export function imagePart(url: string): MessagePart {
  const [, mime, content] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? []
  if (content === undefined) return { type: 'uri', modality: 'image', uri: url }
  if (content.length > longestBlob)
    return {
      type: 'generic',
      generic_type: 'omitted_blob',
      modality: 'image',
      mime_type: mime,
      length: content.length,
    }
  return { type: 'blob', modality: 'image', mime_type: mime, content }
}

function callParts(calls: unknown): readonly MessagePart[] {
  return Array.isArray(calls) ? calls.map(callPart) : []
}

function callPart(call: unknown): MessagePart {
  const { id, function: called } = fieldsOf(call)
  const { name = '', arguments: args } = fieldsOf(called)
  return { type: 'tool_call', name, ...known({ id, arguments: readArguments(args) }) }
}

// The model writes them, so they may not be valid JSON.
function readArguments(args: unknown): unknown {
  if (typeof args !== 'string') return args
  try {
    return JSON.parse(args)
  } catch {
    return args
  }
}

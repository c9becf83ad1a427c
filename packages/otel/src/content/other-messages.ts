// The messages of OpenAI's Responses, of Anthropic, Bedrock's Converse and Google, in the schema of the conventions.
import { type Fields, fieldsOf, isFields, known } from '../json.ts'
import { type ConventionMessage, imagePart, type MessagePart, textPart } from './messages.ts'

/** The messages of a request that is no chat completion, or `undefined`. */
export function otherMessages({
  input,
  contents,
  messages,
}: Fields): readonly ConventionMessage[] | undefined {
  if (typeof input === 'string') return [{ role: 'user', parts: [textPart(input)] }]
  const list = [input, contents, messages].find(items => Array.isArray(items)) as unknown[] | undefined
  if (!list?.every(isFields) || !list.some(item => hasOwnForm(item))) return undefined
  return list.map(item => messageOf(item))
}

/** Whether an item has a form that chat completions have not. */
const hasOwnForm = ({ type, parts, content }: Fields): boolean =>
  type !== undefined ||
  Array.isArray(parts) ||
  (Array.isArray(content) &&
    content.some(part => !('type' in fieldsOf(part)) || ownTypes.has(String(fieldsOf(part).type))))

const ownTypes = new Set([
  'input_text',
  'output_text',
  'input_image',
  'tool_use',
  'tool_result',
  'thinking',
  'image',
])

/** The message of an answer that has no choices, or `undefined`. */
export function otherAnswer(body: Fields): readonly ConventionMessage[] | undefined {
  const { output, content, candidates } = body
  if (Array.isArray(output) && output.every(isFields)) return output.map(item => messageOf(item))
  const converse = fieldsOf(fieldsOf(output).message)
  if (Array.isArray(converse.content)) return [finished(messageOf(converse), body.stopReason)]
  if (Array.isArray(content)) return [finished(messageOf({ role: 'assistant', content }), body.stop_reason)]
  if (!Array.isArray(candidates)) return undefined
  return candidates.map(candidate =>
    finished(messageOf(fieldsOf(fieldsOf(candidate).content)), fieldsOf(candidate).finishReason),
  )
}

const finished = (message: ConventionMessage, reason: unknown): ConventionMessage =>
  typeof reason === 'string' ? { ...message, finish_reason: reason } : message

/** The instructions that a request has apart from its messages. */
export function systemParts({
  instructions,
  system,
  systemInstruction,
  config,
}: Fields): readonly MessagePart[] | undefined {
  const given = instructions ?? system ?? systemInstruction ?? fieldsOf(config).systemInstruction
  if (typeof given === 'string') return [textPart(given)]
  const parts = Array.isArray(given) ? given : fieldsOf(given).parts
  return Array.isArray(parts) ? parts.flatMap(partOf) : undefined
}

function messageOf(item: Fields): ConventionMessage {
  const { type, role, content, parts } = item
  if (type === 'function_call')
    return { role: 'assistant', parts: [toolCall(item.call_id, item.name, item.arguments)] }
  if (type === 'function_call_output')
    return { role: 'tool', parts: [toolResponse(item.call_id, item.output)] }
  if (type === 'reasoning') return { role: 'assistant', parts: [reasoning(item)] }
  const given = content ?? parts
  if (given === undefined) return { role: 'assistant', parts: partOf(item) }
  const list =
    typeof given === 'string' ? [textPart(given)] : Array.isArray(given) ? given.flatMap(partOf) : []
  return { role: typeof role === 'string' ? role : 'user', parts: list }
}

const reasoning = ({ summary }: Fields): MessagePart => ({
  type: 'reasoning',
  content: Array.isArray(summary) ? summary.map(part => fieldsOf(part).text).join('\n') : '',
})

function partOf(part: unknown): MessagePart[] {
  const fields = fieldsOf(part)
  const { text, type, thinking, toolUse, toolResult, functionCall, functionResponse, reasoningContent } =
    fields
  if (typeof text === 'string') return [textPart(text)]
  if (typeof thinking === 'string') return [{ type: 'reasoning', content: thinking }]
  if (type === 'tool_use') return [toolCall(fields.id, fields.name, fields.input)]
  if (type === 'tool_result') return [toolResponse(fields.tool_use_id, fields.content)]
  if (isFields(toolUse)) return [toolCall(toolUse.toolUseId, toolUse.name, toolUse.input)]
  if (isFields(toolResult)) return [toolResponse(toolResult.toolUseId, toolResult.content)]
  if (isFields(functionCall)) return [toolCall(functionCall.id, functionCall.name, functionCall.args)]
  if (isFields(functionResponse)) return [toolResponse(functionResponse.id, functionResponse.response)]
  if (isFields(reasoningContent))
    return [{ type: 'reasoning', content: String(fieldsOf(reasoningContent.reasoningText).text ?? '') }]
  if (typeof fields.image_url === 'string') return [imagePart(fields.image_url)]
  return [{ ...fields, type: 'generic', ...known({ generic_type: type }) }]
}

function toolCall(id: unknown, name: unknown, args: unknown): MessagePart {
  return {
    type: 'tool_call',
    name: typeof name === 'string' ? name : '',
    ...known({ id, arguments: parsed(args) }),
  }
}

const toolResponse = (id: unknown, response: unknown): MessagePart => ({
  type: 'tool_call_response',
  ...known({ id, response }),
})

// The model writes them, so they may not be valid JSON.
function parsed(args: unknown): unknown {
  if (typeof args !== 'string') return args
  try {
    return JSON.parse(args)
  } catch {
    return args
  }
}

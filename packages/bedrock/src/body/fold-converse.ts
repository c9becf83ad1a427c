import { fieldsOf, jsonOf, textOf } from '@runtape/provider'

interface Block {
  text?: string
  toolUse?: Record<string, unknown>
  /** The text of the tool's input, which arrives in pieces. */
  input?: string
  reasoning?: string
  signature?: string
  /** Kept unchanged. */
  other?: unknown[]
}

/** Aggregates the events of a Converse stream to the assistant's message. */
export class ConverseFolder {
  readonly #blocks = new Map<unknown, Block>()
  #role: unknown = 'assistant'
  #stopReason: unknown

  add(event: unknown): void {
    const { messageStart, contentBlockStart, contentBlockDelta, messageStop } = fieldsOf(event)
    if (messageStart) this.#role = fieldsOf(messageStart).role
    if (contentBlockStart) this.#start(fieldsOf(contentBlockStart))
    if (contentBlockDelta) this.#extend(fieldsOf(contentBlockDelta))
    if (messageStop) this.#stopReason = fieldsOf(messageStop).stopReason
  }

  get stopReason(): unknown {
    return this.#stopReason
  }

  message(): unknown {
    return { role: this.#role, content: [...this.#blocks.values()].flatMap(contentOf) }
  }

  #start({ contentBlockIndex, start }: Readonly<Record<string, unknown>>): void {
    const { toolUse } = fieldsOf(start)
    if (toolUse) this.#blockAt(contentBlockIndex).toolUse = { ...fieldsOf(toolUse) }
  }

  #extend({ contentBlockIndex, delta }: Readonly<Record<string, unknown>>): void {
    const block = this.#blockAt(contentBlockIndex)
    const { text, toolUse, reasoningContent, ...other } = fieldsOf(delta)
    const reasoning = fieldsOf(reasoningContent)
    extend(block, 'text', text)
    extend(block, 'input', fieldsOf(toolUse).input)
    extend(block, 'reasoning', reasoning.text)
    extend(block, 'signature', reasoning.signature)
    const { redactedContent } = reasoning
    const kept = [
      ...(redactedContent === undefined ? [] : [{ reasoningContent: { redactedContent } }]),
      ...(Object.keys(other).length > 0 ? [other] : []),
    ]
    if (kept.length > 0) block.other = [...(block.other ?? []), ...kept]
  }

  #blockAt(index: unknown): Block {
    let block = this.#blocks.get(index)
    if (!block) {
      block = {}
      this.#blocks.set(index, block)
    }
    return block
  }
}

function extend(block: Block, part: 'text' | 'input' | 'reasoning' | 'signature', more: unknown): void {
  const text = textOf(more)
  if (text !== undefined) block[part] = (block[part] ?? '') + text
}

function contentOf({ text, toolUse, input, reasoning, signature, other = [] }: Block): unknown[] {
  const content: unknown[] = []
  if (reasoning !== undefined) {
    const reasoningText = { text: reasoning, ...(signature !== undefined && { signature }) }
    content.push({ reasoningContent: { reasoningText } })
  }
  if (text !== undefined) content.push({ text })
  if (toolUse || input !== undefined) content.push({ toolUse: { ...toolUse, input: toolInput(input) } })
  return [...content, ...other]
}

const toolInput = (input = ''): unknown => (input === '' ? {} : (jsonOf(input) ?? input))

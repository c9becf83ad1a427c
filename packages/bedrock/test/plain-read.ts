// Aggregates streams in the simplest way, without regard for time or memory.

export interface Fields {
  readonly [name: string]: Fields | undefined
}

type Pick = (delta: Fields | undefined) => Fields | undefined

const textOf = (parts: readonly Fields[], pick: Pick): string | undefined => {
  const found = parts.flatMap(({ delta }) => pick(delta) ?? [])
  return found.length > 0 ? found.join('') : undefined
}

const jsonOr = (text: string): unknown => {
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    return text
  }
}

/** The message of a Converse stream. */
export function plainMessage(items: readonly Fields[]): object {
  const parts = items
    .map(item => item.contentBlockDelta ?? item.contentBlockStart)
    .filter(part => part !== undefined)
  const indexes = [...new Set(parts.map(part => part.contentBlockIndex))]
  const blocks = indexes.map(index => parts.filter(part => part.contentBlockIndex === index))
  const role = items.findLast(item => item.messageStart)?.messageStart?.role ?? 'assistant'
  return { role, content: blocks.flatMap(contentOf) }
}

function contentOf(parts: readonly Fields[]): object[] {
  const text = textOf(parts, delta => delta?.text)
  const input = textOf(parts, delta => delta?.toolUse?.input)
  const reasoning = textOf(parts, delta => delta?.reasoningContent?.text)
  const signature = textOf(parts, delta => delta?.reasoningContent?.signature)
  const start = parts.findLast(part => part.start)?.start?.toolUse
  const reasoningText = { text: reasoning, ...(signature !== undefined && { signature }) }
  return [
    ...(reasoning === undefined ? [] : [{ reasoningContent: { reasoningText } }]),
    ...(text === undefined ? [] : [{ text }]),
    ...(start || input !== undefined ? [{ toolUse: { ...start, input: jsonOr(input ?? '') } }] : []),
  ]
}

/** The text of a vendor's stream, or the texts of its blocks. */
export function plainTexts(chunks: readonly Fields[]): unknown {
  const blocks = new Map<unknown, string>()
  let last: unknown
  for (const { index, delta, contentBlockDelta, generation, outputText } of chunks) {
    const text =
      contentBlockDelta?.delta?.text ?? delta?.text ?? delta?.partial_json ?? generation ?? outputText
    if (!text) continue
    last = contentBlockDelta?.contentBlockIndex ?? index ?? last
    blocks.set(last, (blocks.get(last) ?? '') + String(text))
  }
  const texts = [...blocks.values()]
  return texts.length > 1 ? texts : (texts[0] ?? '')
}

/** Why the model of a vendor stopped. */
export const plainReason = (chunks: readonly Fields[]): unknown =>
  chunks
    .map(({ stop_reason, completionReason, delta }) => stop_reason ?? completionReason ?? delta?.stop_reason)
    .findLast(reason => reason)

/** The total of these counts, if the first is present. */
export function totalOf(usage: Fields | undefined, input: string, output: string): number | undefined {
  if (usage?.[input] === undefined) return undefined
  return Number(usage[input]) + Number(usage[output] ?? 0)
}

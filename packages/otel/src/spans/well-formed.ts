/** The text without halves of characters, which are not valid UTF-8: an exporter would lose its whole batch. */
const wellFormedText = (text: string): string => text.toWellFormed()

/** The value with well-formed texts. */
export function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return wellFormedText(value)
  return Array.isArray(value) ? value.map(wellFormed) : value
}

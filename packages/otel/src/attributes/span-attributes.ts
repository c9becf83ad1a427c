/** Values are strings, numbers, booleans, or lists of strings. */
export type SpanAttributes = Record<string, unknown>

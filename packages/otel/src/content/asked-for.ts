/** Whether the environment asks for content on spans: `true` in older instrumentations, a word in newer ones. */
export function asksForContent(environment: Readonly<Record<string, string | undefined>>): boolean {
  const told = environment.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT?.trim().toLowerCase()
  return told !== undefined && onSpans.has(told)
}

const onSpans = new Set(['true', 'span_only', 'span_and_event'])

/** A span of a trace in short: what matters for its bill. */
export interface SentSpan {
  readonly spanId: number
  readonly parent?: number
  readonly operation?: string
  readonly input?: number
}

const hex = (id: number): string => id.toString(16).padStart(16, '0')

function spanOf({ spanId, parent, operation = 'chat', input }: SentSpan) {
  const times = { startTimeUnixNano: '1767225600000000000', endTimeUnixNano: '1767225601000000000' }
  const counts = input === undefined ? {} : { input_tokens: input, output_tokens: 1 }
  const attributes = [
    { key: 'gen_ai.operation.name', value: { stringValue: operation } },
    ...Object.entries(counts).map(([name, count]) => ({
      key: `gen_ai.usage.${name}`,
      value: { intValue: String(count) },
    })),
  ]
  const ids = { traceId: 'a'.repeat(32), spanId: hex(spanId) }
  return {
    ...ids,
    ...(parent !== undefined && { parentSpanId: hex(parent) }),
    name: 'chat',
    ...times,
    attributes,
  }
}

/** The answer of a server to spans of one trace, all of which are in one request. */
export const sendSpans = (
  { url, key }: { readonly url: string; readonly key: string },
  sent: readonly SentSpan[],
): Promise<Response> =>
  fetch(`${url}/v1/otlp/v1/traces`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: sent.map(spanOf) }] }] }),
  })

/** An agent with three calls: one alone, one that three spans tell, and one with different numbers. Together 5 + 7 + 9 tokens go in. */
export const agentTrace: readonly SentSpan[] = [
  { spanId: 1, operation: 'invoke_agent' },
  { spanId: 2, parent: 1, input: 5 },
  { spanId: 3, parent: 1, input: 7 },
  { spanId: 4, parent: 3 },
  { spanId: 5, parent: 4, input: 7 },
  { spanId: 6, parent: 1, input: 8 },
  { spanId: 7, parent: 6, input: 9 },
]

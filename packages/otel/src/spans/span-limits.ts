import type { SpanAttributes } from '../attributes/span-attributes.ts'
import { wellFormed } from './well-formed.ts'

/** What a span may have. The variables of OpenTelemetry's SDK set the first two. */
export interface SpanLimits {
  /** Characters of a text; longer ones are cut. */
  readonly valueLength: number
  /** Number of attributes; the others are dropped and counted. */
  readonly count: number
  /** Characters of a content, such as messages; longer ones are left out whole, because half a JSON text is none. */
  readonly contentLength: number
}

/** Longer contents are refused by most backends, together with the rest of their batch. */
const longestContent = 1_000_000

/** The limits of the environment; those of spans come before the general ones. */
export function limitsOf(environment: Readonly<Record<string, string | undefined>>): SpanLimits {
  const of = (name: string, byDefault: number) =>
    numberOf(environment[`OTEL_SPAN_${name}`]) ?? numberOf(environment[`OTEL_${name}`]) ?? byDefault
  return {
    valueLength: of('ATTRIBUTE_VALUE_LENGTH_LIMIT', Infinity),
    count: of('ATTRIBUTE_COUNT_LIMIT', 128),
    contentLength: longestContent,
  }
}

function numberOf(text: string | undefined): number | undefined {
  const number = Number(text)
  return text !== undefined && text.trim() !== '' && Number.isInteger(number) && number >= 0
    ? number
    : undefined
}

/** Texts that are JSON. */
const contents = new Set([
  ...[
    'gen_ai.input.messages',
    'gen_ai.output.messages',
    'gen_ai.system_instructions',
    'gen_ai.tool.definitions',
  ],
  ...['gen_ai.tool.call.arguments', 'gen_ai.tool.call.result', 'input.value', 'output.value'],
])

/** The attributes within the limits, and how many were dropped. `runtape.omitted` names contents that were too long. */
export function limited(
  attributes: SpanAttributes,
  { valueLength, count, contentLength }: SpanLimits,
): { readonly attributes: SpanAttributes; readonly dropped: number } {
  const isTooLong = (name: string, value: unknown) =>
    contents.has(name) && typeof value === 'string' && value.length > contentLength
  const all = Object.entries(attributes)
  const omitted = all.filter(([name, value]) => isTooLong(name, value)).map(([name]) => name)
  const kept = all.filter(([name, value]) => !isTooLong(name, value))
  if (omitted.length > 0) kept.unshift(['runtape.omitted', omitted])
  const within = kept.slice(0, count).map(([name, value]) => [name, cut(wellFormed(value), valueLength)])
  return {
    attributes: Object.fromEntries(within),
    dropped: all.length - within.length + Math.sign(omitted.length),
  }
}

function cut(value: unknown, length: number): unknown {
  if (typeof value === 'string')
    return value.length > length ? (wellFormed(value.slice(0, length)) as string) : value
  return Array.isArray(value) ? value.map(item => cut(item, length)) : value
}

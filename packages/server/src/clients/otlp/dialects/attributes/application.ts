import { isObject } from '../../../is-object.ts'
import type { Attributes } from '../../wire/otel-span.ts'
import { jsonIn, parsed, textIn } from './values.ts'

/** A prompt that an application has from a library of prompts. */
export interface Prompt {
  readonly name?: string
  readonly version?: string | number
}

/** The prompt of a span, in the words of all dialects. */
export function promptOf(attributes: Attributes): Prompt | undefined {
  const linked = jsonIn(attributes, 'ai.telemetry.metadata.langfusePrompt')
  const [name, version] = isObject(linked)
    ? [linked.name, linked.version]
    : [textIn(attributes, ...nameNames), versionIn(attributes)]
  const prompt = {
    ...(typeof name === 'string' && { name }),
    ...((typeof version === 'string' || typeof version === 'number') && { version }),
  }
  return Object.keys(prompt).length > 0 ? prompt : undefined
}

const nameNames = [
  ...['langfuse.observation.prompt.name', 'gen_ai.prompt.name', 'traceloop.prompt.key'],
  ...['langsmith.metadata.lc_hub_repo', 'prompt.id'],
]
const versionNames = [
  ...['langfuse.observation.prompt.version', 'gen_ai.prompt.version', 'traceloop.prompt.version'],
  ...['langsmith.metadata.lc_hub_commit_hash', 'llm.prompt_template.version'],
]

function versionIn(attributes: Attributes): string | number | undefined {
  const [version] = versionNames.map(name => attributes[name]).filter(value => value !== undefined)
  return typeof version === 'string' || typeof version === 'number' ? version : undefined
}

const prefixes = [
  ...['ai.telemetry.metadata.', 'langfuse.trace.metadata.', 'langfuse.observation.metadata.'],
  ...['langsmith.metadata.', 'lmnr.association.properties.metadata.', 'traceloop.association.properties.'],
]

/** What LangSmith adds to the metadata of an application. */
const isOfLangSmith = (name: string): boolean => /^(ls_|LANGSMITH_|usage_metadata$|revision_id$)/.test(name)

/** What an application says of its own about a span, in the words of all dialects. */
export function applicationMetadata(attributes: Attributes): Readonly<Record<string, unknown>> {
  const own: [string, unknown][] = []
  for (const [name, value] of Object.entries(attributes)) {
    const prefix = prefixes.find(one => name.startsWith(one))
    if (prefix === undefined || isLong(value)) continue
    const short = name.slice(prefix.length)
    if (!isOfLangSmith(short)) own.push([short, parsed(value ?? null)])
  }
  const whole = 'openinference.span.kind' in attributes ? jsonIn(attributes, 'metadata') : undefined
  return Object.fromEntries([...own, ...(isObject(whole) ? Object.entries(whole) : [])])
}

const isLong = (value: unknown): boolean => typeof value === 'string' && value.length > 1000

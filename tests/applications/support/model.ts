import type { HostRequest } from '@runtape/testing/openai'

/** A tool call of the model. */
export interface ModelCall {
  readonly name: string
  readonly args: Record<string, unknown>
}

/** The model's answer: a text or tool calls. */
export interface ModelAnswer {
  readonly text: string
  readonly calls: readonly ModelCall[]
}

interface Tool {
  readonly name: string
  readonly parameters: { readonly properties?: Record<string, Schema>; readonly required?: readonly string[] }
}

interface Schema {
  readonly type?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Record<string, Schema>
  readonly items?: Schema
}

interface Talk {
  /** The number of its messages. */
  readonly length: number
  readonly system: string
  readonly user: string
  readonly results: readonly string[]
  readonly tools: readonly Tool[]
  readonly schema?: Schema
}

/**
 * Answers as a function of the request alone. It calls a tool if the user's text has a word of its name; after tool
 * results, and without tools, the answer repeats its input, so that a changed prompt is visible in it.
 */
export function answerTo({ path, body }: HostRequest): ModelAnswer {
  const talk = path.endsWith('/responses') ? responsesTalk(body) : chatTalk(body)
  const called = talk.results.length === 0 ? talk.tools.filter(tool => isMeant(tool, talk.user)) : []
  if (called.length > 0) {
    const calls = called.map(({ name, parameters }) => ({ name, args: valueOf(parameters, talk.user) }))
    return { text: '', calls: calls as ModelCall[] }
  }
  if (talk.schema) return { text: JSON.stringify(valueOf(talk.schema, talk.user)), calls: [] }
  const told = talk.results.length > 0 ? talk.results.join(' and ') : talk.user
  return { text: `${talk.system.slice(0, 60)} (${talk.length}) ${told.slice(0, 300)}`, calls: [] }
}

const isMeant = ({ name }: Tool, text: string): boolean =>
  name
    .split(/[_.-]|(?=[A-Z])/)
    .some(word => word.length > 3 && text.toLowerCase().includes(word.toLowerCase()))

/** Fills a JSON schema from a text: codes such as A-2, numbers, words. */
function valueOf(schema: Schema, text: string, name = ''): unknown {
  if (schema.enum) return schema.enum[text.length % schema.enum.length]
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, each]) => [key, valueOf(each, text, key)]),
      )
    case 'array':
      return codesOf(text).map(code =>
        schema.items?.type === 'string' ? code : valueOf(schema.items ?? {}, code),
      )
    case 'number':
    case 'integer':
      return Number(/\b\d+(?=\s|$|\.)/.exec(text)?.[0] ?? text.length)
    case 'boolean':
      return text.includes('urgent')
    default:
      return codesOf(text)[0] ?? text.split(' ').slice(-1)[0] ?? name
  }
}

const codesOf = (text: string): readonly string[] => text.match(/\b[A-Z]-\d+\b/g) ?? []

type Body = HostRequest['body']

interface Message {
  readonly role?: string
  readonly type?: string
  readonly content?: unknown
  readonly output?: unknown
}

function chatTalk(body: Body): Talk {
  const messages = (body.messages ?? []) as readonly Message[]
  const format = body.response_format as { json_schema?: { schema?: Schema } } | undefined
  const tools = (body.tools ?? []) as readonly { function: Tool }[]
  return {
    ...talkOf(messages),
    tools: tools.map(each => each.function),
    ...(format?.json_schema?.schema && { schema: format.json_schema.schema }),
  }
}

function responsesTalk(body: Body): Talk {
  const input = typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : body.input
  const talk = talkOf((input ?? []) as readonly Message[])
  const format = (body.text as { format?: { schema?: Schema } } | undefined)?.format
  const tools = ((body.tools ?? []) as readonly (Tool & { type: string })[]).filter(
    each => each.type === 'function',
  )
  const system = typeof body.instructions === 'string' ? body.instructions : talk.system
  return { ...talk, system, tools, ...(format?.schema && { schema: format.schema }) }
}

/** The last question and what came after it. */
function talkOf(messages: readonly Message[]): Pick<Talk, 'length' | 'system' | 'user' | 'results'> {
  const asked = messages.findLastIndex(({ role }) => role === 'user')
  const system = messages.find(({ role }) => role === 'system' || role === 'developer')
  const results = messages
    .slice(asked + 1)
    .filter(({ role, type }) => role === 'tool' || type === 'function_call_output')
    .map(({ content, output }) => textOf(content ?? output))
  return {
    length: messages.length,
    system: textOf(system?.content),
    user: textOf(messages[asked]?.content),
    results,
  }
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part: { text?: unknown }) => (typeof part.text === 'string' ? part.text : '')).join('')
}

/** A vector that depends on the letters of a text alone. */
export function embeddingOf(text: string): number[] {
  const vector = Array.from({ length: 8 }, () => 0)
  for (const [index, letter] of [...text.toLowerCase()].entries()) {
    const place = (letter.codePointAt(0) ?? 0) % 8
    vector[place] = (vector[place] ?? 0) + 1 / (1 + (index % 3))
  }
  return vector
}

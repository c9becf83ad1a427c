type Json = Record<string, unknown>

/** The slow and simple way to read a stream. The fast reader must agree with it. */
export function plainRead(path: string, text: string, hideUsage: boolean) {
  const events = text.match(/[\s\S]*?(?:\r\n|\n|\r(?!\n)){2}|[\s\S]+$/g) ?? []
  const parsed: Json[] = []
  let seen = ''
  let isDone = false
  for (const event of events) {
    const data = dataOf(event)
    if (!isDone && data?.startsWith('[DONE]')) isDone = true
    const json = isDone ? undefined : jsonOf(data)
    if (json) parsed.push(json)
    seen += hideUsage && json && path !== '/responses' ? withoutUsage(event, json) : event
    if (path === '/responses' && isLast(json)) isDone = true
  }
  return { seen, ...(path === '/responses' ? ofResponse(parsed) : ofChunks(path, parsed)) }
}

function dataOf(event: string): string | undefined {
  const lines = event.split(/\r\n|\r|\n/).filter(line => /^data(:|$)/.test(line))
  return lines.length > 0 ? lines.map(line => line.replace(/^data:? ?/, '')).join('\n') : undefined
}

function jsonOf(data: string | undefined): Json | undefined {
  try {
    const json = JSON.parse(data ?? '') as unknown
    return typeof json === 'object' && json !== null ? (json as Json) : undefined
  } catch {
    return undefined
  }
}

function withoutUsage(event: string, { choices, usage }: Json): string {
  // None of these events contains another.
  if (usage === null) return event.replace(/,\s*"usage"\s*:\s*null/, '')
  return Array.isArray(choices) && choices.length === 0 && usage !== undefined ? '' : event
}

const isLast = (event: Json | undefined) =>
  /^(response\.(completed|incomplete|failed)|error)$/.test(String(event?.type))

const objects = (list: unknown): Json[] =>
  Array.isArray(list) ? list.filter(one => typeof one === 'object' && one !== null) : []
const last = <T>(list: readonly T[]) => list.filter(one => one !== undefined && one !== null).at(-1)
const first = <T>(list: readonly T[]) => list.find(one => one !== undefined && one !== null)
const joined = (list: readonly unknown[]) => {
  const texts = list.filter(one => typeof one === 'string')
  return texts.length > 0 ? texts.join('') : undefined
}

function ofChunks(path: string, events: readonly Json[]) {
  const all = events.flatMap(({ choices }) => objects(choices))
  const indexes = [...new Set(all.map(({ index }) => index))]
  const read = path === '/completions' ? textChoice : message
  const choices = indexes.map(index => read(all.filter(choice => choice.index === index)))
  const facts = {
    usage: last(events.map(({ usage }) => usage)),
    error: first(events.map(({ error }) => error)),
    model: first(events.map(({ model }) => model)),
  }
  const readable =
    choices.length === 0
      ? {}
      : choices.length === 1 && path !== '/completions'
        ? { message: choices[0] }
        : { choices }
  return { facts, finishReason: choices[0]?.finish_reason, readable }
}

const finishOf = (parts: readonly Json[]) => last(parts.map(({ finish_reason }) => finish_reason)) ?? null

const textChoice = (parts: readonly Json[]) => ({
  text: joined(parts.map(({ text }) => text)) ?? '',
  finish_reason: finishOf(parts),
})

function message(parts: readonly Json[]) {
  const deltas = parts.flatMap(({ delta }) => objects([delta]))
  const calls = deltas.flatMap(({ tool_calls }) => objects(tool_calls))
  const indexes = [...new Set(calls.map(({ index }) => index))]
  const refusal = joined(deltas.map(one => one.refusal))
  const reasoning = joined(deltas.map(one => one.reasoning_content))
  return {
    role: 'assistant',
    content: joined(deltas.map(one => one.content)) ?? null,
    finish_reason: finishOf(parts),
    ...(refusal !== undefined && { refusal }),
    ...(reasoning !== undefined && { reasoning_content: reasoning }),
    ...(calls.length > 0 && {
      tool_calls: indexes.map(index => toolCall(calls.filter(call => call.index === index))),
    }),
  }
}

const toolCall = (parts: readonly Json[]) => ({
  id: last(parts.map(({ id }) => id)),
  function: { arguments: joined(parts.map(part => (part.function as Json | undefined)?.arguments)) ?? '' },
})

function ofResponse(events: readonly Json[]) {
  const response = last(events.map(event => event.response as Json | undefined)) ?? {}
  const text = joined(
    events.filter(({ type }) => type === 'response.output_text.delta').map(({ delta }) => delta),
  )
  const failure = first(events.map(event => (event.type === 'error' ? (event.error ?? event) : event.error)))
  const written = text ? { output: [{ type: 'message', content: [{ type: 'output_text', text }] }] } : {}
  return {
    facts: { usage: response.usage, error: failure ?? response.error, model: response.model },
    finishReason: response.status,
    readable: isLast(events.at(-1)) && response.output ? { output: response.output } : written,
  }
}

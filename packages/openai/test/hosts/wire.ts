import type { TokenUsage } from '@runtape/core'

/** How a host that speaks OpenAI's chat completions puts an answer on the wire. */
export interface ChatHost {
  readonly name: string
  /** What is peculiar in how it tells usage, for the table in the docs. */
  readonly tells: string
  /** Its host name, if that decides anything. Default: the loopback address. */
  readonly at?: string
  /** Headers of its answers. */
  readonly headers?: Readonly<Record<string, string>>
  readonly model: string
  /** The model that the answer names, if it is not the one that was asked for. */
  readonly answeredBy?: string
  /** The JSON of an answer in one piece. */
  readonly answer: object
  /** The bytes of a stream; `asked` where the request has `stream_options.include_usage`. */
  stream(asked: boolean): string
  /** What is billed of the answer in one piece. */
  readonly usage: TokenUsage
  /** What is billed of the stream. Default: `usage`. */
  readonly streamUsage?: TokenUsage
  /** The answer to a request with `stream_options`, if it refuses that. */
  readonly refusal?: { readonly status: number; readonly body: object }
  /** Its first stream in a process lacks something, by which it is recognised. */
  readonly isLearned?: true
  /** The text of the message on the span. */
  readonly text: string
}

/** One server-sent event for each of these; a string stands as it is. */
export const sse = (...events: readonly (object | string)[]): string =>
  `${events.map(event => (typeof event === 'string' ? event : `data: ${JSON.stringify(event)}`)).join('\n\n')}\n\n`

export const done = 'data: [DONE]'

/** A chunk with one choice; `more` stands beside the choices. */
export function delta(head: object, part: object, finish: string | null = null, more: object = {}): object {
  return { ...head, choices: [{ index: 0, delta: part, finish_reason: finish }], ...more }
}

/** An answer in one piece. */
export function answer(head: object, content: string, usage: object, more: object = {}): object {
  const message = { role: 'assistant', content, ...more }
  return { ...head, choices: [{ index: 0, message, finish_reason: 'stop' }], usage }
}

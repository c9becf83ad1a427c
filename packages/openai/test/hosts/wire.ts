import type { TokenUsage } from '@runtape/core'

/** The wire format of a host with OpenAI's chat completions API. */
export interface ChatHost {
  readonly name: string
  /** How its usage reporting differs, for the table in the docs. */
  readonly tells: string
  /** Its host name, if it matters. Default: the loopback address. */
  readonly at?: string
  /** Headers of its answers. */
  readonly headers?: Readonly<Record<string, string>>
  readonly model: string
  /** The model in the answer, if it is not the requested one. */
  readonly answeredBy?: string
  /** The JSON of a whole answer. */
  readonly answer: object
  /** The bytes of a stream. `asked`: the request has `stream_options.include_usage`. */
  stream(asked: boolean): string
  /** The billed usage of the whole answer. */
  readonly usage: TokenUsage
  /** The billed usage of the stream. Default: `usage`. */
  readonly streamUsage?: TokenUsage
  /** The answer to a request with `stream_options`, if the host refuses those. */
  readonly refusal?: { readonly status: number; readonly body: object }
  /** The tap identifies this host by its first stream in a process, which lacks something for the application. */
  readonly isLearned?: true
  /** The text of the message on the span. */
  readonly text: string
}

/** One server-sent event per argument; a string is used verbatim. */
export const sse = (...events: readonly (object | string)[]): string =>
  `${events.map(event => (typeof event === 'string' ? event : `data: ${JSON.stringify(event)}`)).join('\n\n')}\n\n`

export const done = 'data: [DONE]'

/** A chunk with one choice; `more` has further top-level fields. */
export function delta(head: object, part: object, finish: string | null = null, more: object = {}): object {
  return { ...head, choices: [{ index: 0, delta: part, finish_reason: finish }], ...more }
}

/** A whole answer. */
export function answer(head: object, content: string, usage: object, more: object = {}): object {
  const message = { role: 'assistant', content, ...more }
  return { ...head, choices: [{ index: 0, message, finish_reason: 'stop' }], usage }
}

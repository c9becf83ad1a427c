import type { CaptureLimits } from '@runtape/trace'
import { isPlainJson } from '@runtape/trace/provider'
import { type Endpoint, isFields } from '../endpoints/endpoint.ts'
import { type ParsedJson, parseJson } from '../recorded/json-payload.ts'
import { layoutOf } from '../recorded/recorded-answer.ts'
import { type Answer, type BodyReader, newDecoder } from './body-reader.ts'

type Kept = Pick<Answer, 'recorded' | 'json' | 'tooLarge'>

/** Reads a body that is one piece: JSON, or whatever a host says instead. */
export class TextBodyReader implements BodyReader {
  readonly isComplete = false
  readonly #endpoint: Endpoint
  readonly #limits: CaptureLimits | undefined
  #decoder: ReturnType<typeof newDecoder> | undefined
  #text = ''
  #parsed: ParsedJson | undefined

  /** @param limits where nothing is kept, none */
  constructor(endpoint: Endpoint, limits: CaptureLimits | undefined) {
    this.#endpoint = endpoint
    this.#limits = limits
  }

  read(chunk: Uint8Array): Uint8Array {
    this.#decoder ??= newDecoder()
    this.#text += this.#decoder.decode(chunk, { stream: true })
    return chunk
  }

  /** Takes the whole of it, as somebody else has read it, and its JSON if they have parsed it. */
  readText(text: string, parsed?: ParsedJson): void {
    this.#text = text
    this.#parsed = parsed
  }

  finish(): undefined {
    this.#text += this.#decoder?.decode() ?? ''
  }

  answer(): Answer {
    const text = this.#text
    const parsed = this.#parsed ?? parseJson(text)
    const facts = isFields(parsed?.value) ? this.#endpoint.facts(parsed.value) : {}
    const notes = parsed || this.#endpoint.mayBeText ? [] : ['The body is not JSON.']
    return { ...facts, ...keep(text, parsed, this.#limits), notes }
  }
}

/** The body as JSON where that loses nothing, else as text. */
function keep(text: string, parsed: ParsedJson | undefined, limits: CaptureLimits | undefined): Kept {
  if (!limits) return { recorded: {} }
  if (text.length > limits.maxPayloadBytes) return { recorded: {}, tooLarge: text.length }
  const layout = parsed && layoutOf(text, parsed.value)
  if (!layout) return { recorded: { text } }
  const { value } = parsed
  if (!isPlainJson(value, limits, 1)) return { recorded: { body: value, layout } }
  const compact = layout.indent === 0 ? text : JSON.stringify(value)
  const end = layout.end === '' ? '""' : JSON.stringify(layout.end)
  return { recorded: {}, json: `"body":${compact},"layout":{"indent":${layout.indent},"end":${end}}` }
}

import type { CaptureLimits } from '@runtape/trace'
import type { Facts } from '../call/call-result.ts'
import { isFields } from '../call/json-fields.ts'
import { type ParsedJson, parseJson } from '../recorded/json-payload.ts'
import type { PreencodedMembers, RecordedParts } from '../recorded/preencoded-members.ts'
import { layoutOf } from '../recorded/recorded-answer.ts'
import type { EventRules } from '../sse/event-rules.ts'
import { SseBodyReader } from '../sse/sse-body-reader.ts'
import type { Endpoint } from '../transport/http-provider.ts'
import { type Answer, type BodyReader, newDecoder } from './body-reader.ts'

/** Reads a body that is not streamed: JSON, or whatever else a host sends. */
export class TextBodyReader implements BodyReader {
  readonly isComplete = false
  readonly #endpoint: Endpoint
  readonly #limits: CaptureLimits | undefined
  #decoder: ReturnType<typeof newDecoder> | undefined
  #text = ''
  #parsed: ParsedJson | undefined

  /** @param limits `undefined` if nothing is kept */
  constructor(endpoint: Endpoint, limits: CaptureLimits | undefined) {
    this.#endpoint = endpoint
    this.#limits = limits
  }

  push(piece: Uint8Array): Uint8Array {
    this.#decoder ??= newDecoder()
    this.#text += this.#decoder.decode(piece, { stream: true })
    return piece
  }

  /** Takes the whole text, which was read elsewhere, and its JSON if it was parsed there. */
  readText(text: string, parsed?: ParsedJson): void {
    this.#text = text
    this.#parsed = parsed
  }

  finish(): undefined {
    this.#text += this.#decoder?.decode() ?? ''
  }

  answer(): Answer {
    const text = this.#text
    const { facts: read, mayBeText, events } = this.#endpoint
    const parsed = this.#parsed ?? parseJson(text)
    const facts = isFields(parsed?.value) ? read(parsed.value) : {}
    const parts = partsOf(text, parsed, this.#limits)
    if (parsed || mayBeText) return { facts, parts }
    const ofEvents = events && beginsAsEvents.test(text) ? factsOfEvents(text, events) : {}
    return {
      facts: { ...ofEvents, notes: ['The body is not valid JSON.'] },
      parts,
      isEmpty: text.trim() === '',
    }
  }
}

// Some hosts stream even if the request did not ask for it.
const beginsAsEvents = /^\ufeff?\s*(data|event|id|retry)?:/

/** Facts from a text that consists of events, although none were expected. */
function factsOfEvents(text: string, rules: EventRules): Facts {
  const reader = new SseBodyReader({ rules, limit: 0, onContent: () => {} })
  reader.push(new TextEncoder().encode(text))
  reader.finish()
  const { notes: _, ...facts } = reader.answer().facts
  return facts
}

/** The body as JSON if that is lossless, otherwise as text. */
function partsOf(
  text: string,
  parsed: ParsedJson | undefined,
  limits: CaptureLimits | undefined,
): RecordedParts {
  if (!limits) return {}
  if (text.length > limits.maxPayloadBytes) return { tooLarge: text.length }
  const members = parsed && membersOf(text, parsed.value)
  return members ? { members } : { learned: { text } }
}

function membersOf(text: string, body: unknown): PreencodedMembers | undefined {
  const layout = layoutOf(text, body)
  if (!layout) return undefined
  const compact = layout.indent === 0 ? text : JSON.stringify(body)
  return {
    json: `"body":${compact},"layout":${JSON.stringify(layout)}`,
    inspectable: () => ({ body, layout }),
  }
}

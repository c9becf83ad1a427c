import type { InTurns } from '../payloads/in-turns.ts'
import { eachText } from '../payloads/payload-texts.ts'
import type { SpanHit, TextPlace } from '../store/traces/trace-parts.ts'
import { excerptOf } from './excerpt.ts'

/** The texts of a span. Payloads are JSON. */
export interface SpanTexts {
  readonly spanId: string
  readonly key: string
  readonly name: string
  readonly input: string
  readonly output?: string | undefined
  readonly error?: { readonly message: string; readonly value: string } | undefined
}

/**
 * The first match of a text in each part of a span; `undefined` if there is none.
 *
 * @param term as `folded` returns it
 */
export function* findInSpan(span: SpanTexts, term: string): InTurns<SpanHit | undefined> {
  const { spanId, key, name, input, output, error } = span
  const places = [
    inText('key', key, term),
    inText('name', name, term),
    yield* inPayload('input', input, term),
    output === undefined ? undefined : yield* inPayload('output', output, term),
    error && (inText('error', error.message, term) ?? (yield* inPayload('error', error.value, term))),
  ].filter(place => place !== undefined)
  return places.length === 0 ? undefined : { spanId, key, name, places }
}

function inText(name: TextPlace['in'], text: string, term: string): TextPlace | undefined {
  const found = excerptOf(text, term)
  return found && { in: name, ...found }
}

function* inPayload(name: TextPlace['in'], json: string, term: string): InTurns<TextPlace | undefined> {
  let place: TextPlace | undefined
  yield* eachText(json, (text, path) => {
    const found = excerptOf(text, term)
    if (found) place = { in: name, ...found, path: path() }
    return found === undefined
  })
  return place
}

import { type Facts, type Fields, fieldsOf, modelSpan, objectsIn } from '@runtape/provider'
import type { Endpoint, Fold } from '@runtape/provider/http'
import { factsOf } from './facts.ts'

/** `POST …:generateContent` and `…:streamGenerateContent`, of Gemini’s API and of Vertex. */
export const generateContent: Endpoint = {
  path: /:(generateContent|streamGenerateContent)$/,
  definition: modelSpan('google.generate-content'),
  facts: factsOf,
  events: {
    newFold: () => new ContentFold(),
    hasContent: chunk =>
      objectsIn<Fields>(chunk.candidates).some(candidate => partsOf(candidate).some(isPiece)),
    endsWithBody: true,
    isLeftByRelease: true,
  },
}

const partsOf = ({ content }: Fields): Fields[] => objectsIn(fieldsOf(content).parts)
const isPiece = ({ text, ...others }: Fields): boolean =>
  text === undefined ? Object.keys(others).length > 0 : text !== ''

/** Aggregates the chunks of a stream. Each has the usage so far. */
class ContentFold implements Fold {
  #facts: Facts = {}
  // By their index.
  readonly #candidates = new Map<unknown, Candidate>()

  add(chunk: Fields): void {
    const { usage, model, finishReason, error } = factsOf(chunk)
    const known = this.#facts
    this.#facts = {
      usage: usage ?? known.usage,
      model: model ?? known.model,
      finishReason: finishReason ?? known.finishReason,
      error: known.error ?? error,
    }
    for (const candidate of objectsIn<Fields>(chunk.candidates))
      this.#candidateOf(candidate.index).add(candidate)
  }

  facts(): Facts {
    return this.#facts
  }

  readable(): Fields {
    const messages = Array.from(this.#candidates.values(), candidate => candidate.message())
    if (messages.length === 0) return {}
    return messages.length === 1 ? { message: messages[0] } : { choices: messages }
  }

  #candidateOf(index: unknown = 0): Candidate {
    let candidate = this.#candidates.get(index)
    if (!candidate) {
      candidate = new Candidate()
      this.#candidates.set(index, candidate)
    }
    return candidate
  }
}

/** One answer of several. */
class Candidate {
  readonly #parts: Fields[] = []
  #role: unknown = 'model'
  #finishReason: unknown

  add(candidate: Fields): void {
    this.#role = fieldsOf(candidate.content).role ?? this.#role
    this.#finishReason = candidate.finishReason ?? this.#finishReason
    for (const part of partsOf(candidate)) this.#addPart(part)
  }

  message(): Fields {
    const finishReason = this.#finishReason
    return { role: this.#role, parts: this.#parts, ...(finishReason !== undefined && { finishReason }) }
  }

  #addPart(part: Fields): void {
    const last = this.#parts.at(-1)
    if (last && isText(last) && isText(part) && Boolean(last.thought) === Boolean(part.thought))
      this.#parts[this.#parts.length - 1] = { ...last, ...part, text: `${last.text}${part.text}` }
    else this.#parts.push(part)
  }
}

const isText = ({ text }: Fields): boolean => typeof text === 'string'

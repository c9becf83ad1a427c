import type { Fields } from '@runtape/provider'

/** Aggregates the parts of one stream: facts about the call, and readable content. */
export class PartFold {
  /** Pieces of text, reasoning and tool input are concatenated by id. */
  readonly #content = new Map<string, Fields | Pieces>()
  #others = 0
  /** The last part, after which nothing important can follow. */
  finish: Fields | undefined
  modelId: unknown
  /** The failure reported by one of the parts. */
  error: { readonly error: unknown } | undefined

  /** True for a part with a piece of the answer itself. */
  add(part: Fields): boolean {
    const type = String(part.type)
    if (type.endsWith('-delta')) return this.#append(type.slice(0, -'-delta'.length), part)
    switch (type) {
      case 'finish':
        this.finish = part
        return false
      case 'response-metadata':
        this.modelId = part.modelId
        return false
      case 'error':
        this.error = { error: part.error }
        return false
      case 'tool-call':
        this.#content.delete(`tool-input ${String(part.toolCallId)}`)
        break
      default:
        if (isFrame.test(type)) return false
    }
    this.#content.set(String(this.#others++), part)
    return true
  }

  content(): object[] {
    return Array.from(this.#content.values(), part => (part instanceof Pieces ? part.whole() : part))
  }

  #append(type: string, { id, delta }: Fields): boolean {
    if (typeof delta !== 'string') return false
    const key = `${type} ${String(id)}`
    const before = this.#content.get(key)
    const pieces = before instanceof Pieces ? before : new Pieces(type)
    if (pieces !== before) this.#content.set(key, pieces)
    pieces.add(delta)
    return delta !== ''
  }
}

/** Concatenated strings take several times their size until they are flattened. */
class Pieces {
  readonly #type: string
  #texts: string[] = []

  constructor(type: string) {
    this.#type = type
  }

  add(text: string): void {
    if (this.#texts.push(text) === 64) this.#texts = [this.#texts.join('')]
  }

  whole(): object {
    return { type: this.#type, text: this.#texts.join('') }
  }
}

const isFrame = /^(?:stream-start|raw|ping|.*-start|.*-end)$/

import type { Fields } from '@runtape/provider'

/** Adds up the parts of one stream: what it says of the call, and what a person reads of it. */
export class PartFold {
  /** Pieces of text, of reasoning and of a tool's input are added up by their ids. */
  readonly #content = new Map<string, Fields | Pieces>()
  #others = 0
  /** The last part, once nothing of importance can follow. */
  finish: Fields | undefined
  modelId: unknown
  /** The failure that one of the parts reports. */
  error: { readonly error: unknown } | undefined

  /** True for a part that is a piece of the answer itself. */
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

/** A text that is added to a text costs several times its size until it is joined. */
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

import { type Fields, fieldsOf } from '@runtape/provider'

/** Adds up the parts of one stream: what it says of the call, and what a person reads of it. */
export class PartFold {
  /** Pieces of text, of reasoning and of a tool's input are added up by their ids. */
  readonly #content = new Map<string, Fields>()
  #finish: Fields | undefined
  #modelId: unknown
  #error: { readonly error: unknown } | undefined

  /** True for a part that is a piece of the answer itself. */
  add(part: Fields): boolean {
    const type = String(part.type)
    if (type.endsWith('-delta')) return this.#append(type.slice(0, -'-delta'.length), part)
    switch (type) {
      case 'finish':
        this.#finish = part
        return false
      case 'response-metadata':
        this.#modelId = part.modelId
        return false
      case 'error':
        this.#error = { error: part.error }
        return false
      case 'tool-call':
        this.#content.delete(`tool-input ${String(part.toolCallId)}`)
        break
      default:
        if (isFrame.test(type)) return false
    }
    this.#content.set(String(this.#content.size + 1), part)
    return true
  }

  /** The last part, once nothing of importance can follow. */
  get finish(): Fields | undefined {
    return this.#finish
  }

  get modelId(): unknown {
    return this.#modelId
  }

  /** The failure that one of the parts reports. */
  get error(): { readonly error: unknown } | undefined {
    return this.#error
  }

  content(): Fields[] {
    return [...this.#content.values()]
  }

  #append(type: string, { id, delta }: Fields): boolean {
    const key = `${type} ${String(id)}`
    const { text = '' } = fieldsOf(this.#content.get(key))
    if (typeof delta !== 'string') return false
    this.#content.set(key, { type, text: String(text) + delta })
    return delta !== ''
  }
}

const isFrame = /^(?:stream-start|raw|ping|.*-start|.*-end)$/

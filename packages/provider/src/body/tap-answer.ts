import { parseJson } from '../recorded/json-payload.ts'
import type { BodyEnd } from './body-tap.ts'
import { bodyOf, getter, lazyPrototype, method, usedBy, viaTwin } from './response-proxy.ts'
import { runtimeResponse } from './runtime-response.ts'
import { tapResponse } from './tap-response.ts'
import type { TextBodyReader } from './text-body-reader.ts'

/**
 * Observes an answer in one piece. The response stays the very same object: who asks it for its text or
 * JSON is overheard, and code that wants the body in another way gets one that is observed, piece by piece.
 * `onEnd` is called once; it must not hold on to the response.
 */
export function tapAnswer(
  response: Response,
  reader: TextBodyReader,
  signal: AbortSignal | undefined,
  onEnd: (end: BodyEnd) => void,
): Response {
  const tap = new AnswerTap(reader, signal, onEnd)
  Object.defineProperty(response, slot, { value: tap })
  unread.register(response, tap, tap)
  return asOverheard(response)
}

// On the response itself: an entry in a WeakMap for each costs more than all the rest of this.
const slot = Symbol('runtape.answer')
const unread = new FinalizationRegistry<AnswerTap>(tap => tap.abandon())

class AnswerTap {
  readonly #reader: TextBodyReader
  readonly #signal: AbortSignal | undefined
  #onEnd: ((end: BodyEnd) => void) | undefined
  #twin: Response | undefined

  constructor(reader: TextBodyReader, signal: AbortSignal | undefined, onEnd: (end: BodyEnd) => void) {
    this.#reader = reader
    this.#signal = signal
    this.#onEnd = onEnd
  }

  /** The response whose body is observed, if there is one. */
  get twin(): Response | undefined {
    return this.#twin
  }

  /** Makes it, unless the text was asked for before. */
  twinOf(response: Response): Response | undefined {
    const onEnd = this.#take()
    const body = onEnd && bodyOf(response)
    if (body) this.#twin = tapResponse(response, body, this.#reader, this.#signal, onEnd)
    return this.#twin
  }

  text(response: Response): Promise<string> {
    return this.#read(response, text => {
      this.#reader.readText(text)
      return text
    })
  }

  /** Parsed once for both: what the application gets is read here before it can change it. */
  async json(response: Response): Promise<unknown> {
    const { text, parsed } = await this.#read(response, text => {
      const parsed = parseJson(text)
      this.#reader.readText(text, parsed)
      return { text, parsed }
    })
    // The failure is the one that they would have got.
    return parsed ? parsed.value : JSON.parse(text)
  }

  async #read<T>(response: Response, take: (text: string) => T): Promise<T> {
    const onEnd = this.#take()
    let text: string
    try {
      text = await textOf(response)
    } catch (error) {
      onEnd?.({ how: 'broken', error })
      throw error
    }
    const taken = take(text)
    onEnd?.({ how: 'done' })
    return taken
  }

  abandon(): void {
    const { aborted, reason } = this.#signal ?? {}
    this.#take()?.(aborted ? { how: 'broken', error: reason } : { how: 'abandoned' })
  }

  #take() {
    const onEnd = this.#onEnd
    this.#onEnd = undefined
    unread.unregister(this)
    return onEnd
  }
}

const textOf = (response: Response): Promise<string> => runtimeResponse().prototype.text.call(response)

const tapOf = (response: Response): AnswerTap => (response as Response & { [slot]: AnswerTap })[slot]
const twinOf = (response: Response): Response | undefined => tapOf(response).twinOf(response)

const asOverheard = lazyPrototype({
  ...viaTwin(['arrayBuffer', 'blob', 'bytes', 'formData'], twinOf),
  text: method(function () {
    const tap = tapOf(this)
    return tap.twin ? tap.twin.text() : tap.text(this)
  }),
  json: method(function () {
    const tap = tapOf(this)
    return tap.twin ? tap.twin.json() : tap.json(this)
  }),
  body: getter(function () {
    const twin = twinOf(this)
    return twin ? twin.body : bodyOf(this)
  }),
  // Asking only whether it was used makes none.
  bodyUsed: usedBy(response => tapOf(response).twin),
})

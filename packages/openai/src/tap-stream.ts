import { type BodyEnd, BodyTap } from './body-tap.ts'
import type { AnswerReader } from './read-answer.ts'
import { likeness } from './tap-response.ts'
import { TappedBody } from './tapped-body.ts'
import { usedBy, viaTwin } from './via-twin.ts'

/**
 * Reads an answer that comes piece by piece on the side. The response stays the very same object, with another body.
 * `onEnd` is called once; it must not hold on to the response.
 */
export function tapStream(
  response: Response,
  source: ReadableStream<Uint8Array>,
  reader: AnswerReader,
  signal: AbortSignal | undefined,
  onEnd: (end: BodyEnd) => void,
): Response {
  const body = new BodyTap(source, reader, signal, onEnd)
  body.watch(response)
  Object.defineProperty(response, slot, { value: new StreamTap(body) })
  return Object.setPrototypeOf(response, tapped) as Response
}

const slot = Symbol('runtape.stream')

/** What of the response is made only for those who ask for it. */
class StreamTap {
  readonly #body: BodyTap
  #stream: TappedBody | undefined
  #twin: Response | undefined

  constructor(body: BodyTap) {
    this.#body = body
  }

  get stream(): TappedBody {
    this.#stream ??= new TappedBody(this.#body)
    return this.#stream
  }

  twinOf(response: Response): Response {
    this.#twin ??= likeness(response, this.stream)
    return this.#twin
  }
}

const tapOf = (response: Response): StreamTap => (response as Response & { [slot]: StreamTap })[slot]
const twinOf = (response: Response): Response => tapOf(response).twinOf(response)

const tapped: object = Object.create(Response.prototype, {
  ...viaTwin(['text', 'json', 'arrayBuffer', 'blob', 'bytes', 'formData'], twinOf),
  body: {
    get(this: Response): Response['body'] {
      return tapOf(this).stream
    },
  },
  bodyUsed: usedBy(twinOf),
})

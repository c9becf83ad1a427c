import type { Facts } from '@runtape/provider'
import { type Fields, fieldsOf } from '@runtape/provider'
import type { Fold } from '@runtape/provider/http'

const typeOf = ({ type }: Fields): string => (typeof type === 'string' ? type : '')

/** Pieces of the answer: `response.output_text.delta`, `image_generation.partial_image`, … */
export const isPiece = (event: Fields): boolean => /\.(delta|partial_image)$/.test(typeOf(event))

/** Last events of streams with named events: `response.completed`, `transcript.text.done`, … */
export const isLastEvent = (event: Fields): boolean =>
  /^(response|image_generation|image_edit)\.(completed|incomplete|failed)$|^(transcript\.text|speech\.audio)\.done$|^error$/.test(
    typeOf(event),
  )

/** The failure reported by an event: an event `error`, or one containing an error in the form of other endpoints. */
export const errorIn = (event: Fields): unknown =>
  typeOf(event) === 'error' ? (event.error ?? event) : event.error

/** Streams whose last event has all facts: earlier events are only checked for errors. */
export class LastEventFold implements Fold {
  #last: Fields = {}
  #error: unknown

  add(event: Fields): void {
    if (isLastEvent(event)) this.#last = event
    this.#error ??= errorIn(event) ?? undefined
  }

  facts(): Facts {
    const { usage, model } = this.#last
    return { usage, model, error: this.#error }
  }

  readable() {
    const { text } = fieldsOf(this.#last)
    return typeof text === 'string' ? { output: text } : {}
  }
}

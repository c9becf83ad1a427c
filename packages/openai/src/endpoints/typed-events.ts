import type { Facts } from '@runtape/provider'
import { type Fields, fieldsOf } from '@runtape/provider'
import type { Fold } from '@runtape/provider/http'

const typeOf = ({ type }: Fields): string => (typeof type === 'string' ? type : '')

/** Pieces of the answer: `response.output_text.delta`, `image_generation.partial_image`, … */
export const isPiece = (event: Fields): boolean => /\.(delta|partial_image)$/.test(typeOf(event))

/** Ends of streams that name their events: `response.completed`, `transcript.text.done`, … */
export const isLastEvent = (event: Fields): boolean =>
  /^(response|image_generation|image_edit)\.(completed|incomplete|failed)$|^(transcript\.text|speech\.audio)\.done$|^error$/.test(
    typeOf(event),
  )

/** The failure that an event tells of: an event `error`, or one that holds an error as other endpoints send it. */
export const errorIn = (event: Fields): unknown =>
  typeOf(event) === 'error' ? (event.error ?? event) : event.error

/** Streams whose last event tells everything: what comes before is only looked at for errors. */
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

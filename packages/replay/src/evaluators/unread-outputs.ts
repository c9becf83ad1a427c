import { unreadPlaces } from '../compare/unread-places.ts'
import type { Evaluation } from './evaluator.ts'

/** Paths of both outputs that cannot be compared, each with the reason. */
export const unreadOutputs = ({ captured: { replay, recording } }: Evaluation): string[] =>
  unreadPlaces(replay.output, recording.output)

/** The steps of such a path: `$.items[0].price: …` is `items`, `0`, `price`. */
export function stepsOfPlace(place: string): string[] {
  const [path = ''] = place.split(': ', 1)
  return path
    .slice(1)
    .split(/\.|\[(\d+)\]/)
    .filter(step => step !== undefined && step !== '')
}

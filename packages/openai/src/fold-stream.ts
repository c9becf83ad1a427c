import { type Endpoint, type Fields, type Fold, isFields } from './endpoints/endpoint.ts'
import { dataOf, endOfEvent } from './sse.ts'

/** The JSON of an event's data; `'done'` for the one that says so, `undefined` for no data, `null` for no JSON. */
export function eventIn(data: string | undefined): Fields | 'done' | undefined | null {
  if (data === undefined) return undefined
  if (data.startsWith('[DONE]')) return 'done'
  try {
    const event: unknown = JSON.parse(data)
    return isFields(event) ? event : null
  } catch {
    return null
  }
}

export interface FoldedStream {
  readonly fold: Fold
  /** The exact texts of the events. */
  readonly events: readonly string[]
  readonly isDone: boolean
  /** Whether there is an event that is not JSON. */
  readonly hasOdd: boolean
}

/** Adds the whole text of a stream up; where it broke off, its last event need not be whole. */
export function foldStream(endpoint: Endpoint, text: string, brokeOff: boolean): FoldedStream {
  const fold = endpoint.newFold()
  const events: string[] = []
  let isDone = false
  let hasOdd = false
  for (let at = 0, end = 0; at < text.length; at = end) {
    const skimmed = isDone ? -1 : (fold.skim?.(text, at) ?? -1)
    end = skimmed === -1 ? endOfEvent(text, at) : skimmed
    const event = text.slice(at, end)
    events.push(event)
    if (skimmed !== -1 || isDone) continue
    const read = eventIn(dataOf(event))
    if (read === 'done') isDone = true
    else if (read) {
      fold.add(read, event)
      isDone = endpoint.isLast?.(read) ?? false
    } else if (read === null && !(brokeOff && end === text.length)) hasOdd = true
  }
  return { fold, events, isDone, hasOdd }
}

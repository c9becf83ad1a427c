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

/** What the text of a whole stream comes to. */
export interface FoldedStream {
  readonly fold: Fold
  /** The events as a list in JSON. */
  readonly events: string
  readonly isDone: boolean
  /** Whether there is an event that is not JSON. */
  readonly hasOdd: boolean
}

/** Adds the text of a stream up; where it broke off, its last event need not be whole. */
export function foldStream(endpoint: Endpoint, text: string, brokeOff: boolean): FoldedStream {
  const skimmed = new StreamFold(endpoint, text, brokeOff).run(true)
  return skimmed ?? (new StreamFold(endpoint, text, brokeOff).run(false) as FoldedStream)
}

class StreamFold {
  readonly #endpoint: Endpoint
  readonly #text: string
  readonly #brokeOff: boolean
  readonly #fold: Fold
  #events = ''
  #isDone = false
  #hasOdd = false

  constructor(endpoint: Endpoint, text: string, brokeOff: boolean) {
    this.#endpoint = endpoint
    this.#text = text
    this.#brokeOff = brokeOff
    this.#fold = endpoint.newFold()
  }

  /** Gives nothing when what was skimmed turns out to need a look. */
  run(skims: boolean): FoldedStream | undefined {
    for (let at = 0; at < this.#text.length; ) at = (skims && this.#skim(at)) || this.#add(at)
    if (skims && this.#fold.isExact?.() === false) return undefined
    const events = `[${this.#events.slice(1)}]`
    return { fold: this.#fold, events, isDone: this.#isDone, hasOdd: this.#hasOdd }
  }

  /** Takes as many events as can be skimmed, and gives where they end; 0 for none. */
  #skim(start: number): number {
    const fold = this.#fold
    if (this.#isDone || !fold.skim) return 0
    let end = start
    for (let next = fold.skim(this.#text, end); next !== -1; next = fold.skim(this.#text, end)) end = next
    if (end === start) return 0
    this.#events += `,${this.#text.slice(start + 'data: '.length, end - 2).replaceAll('\n\ndata: ', ',')}`
    return end
  }

  #add(at: number): number {
    const end = endOfEvent(this.#text, at)
    const text = this.#text.slice(at, end)
    const event = this.#isDone ? undefined : eventIn(dataOf(text))
    if (event === 'done') this.#isDone = true
    else if (event) {
      this.#fold.add(event, text)
      this.#isDone = this.#endpoint.isLast?.(event) ?? false
    } else if (event === null && !(this.#brokeOff && end === this.#text.length)) this.#hasOdd = true
    this.#events += `,${jsonOf(text, event)}`
    return end
  }
}

/** The event itself, where it is written again as it is here, else its text. */
function jsonOf(text: string, event: ReturnType<typeof eventIn>): string {
  const json = isFields(event) ? JSON.stringify(event) : ''
  return json !== '' && text === `data: ${json}\n\n` ? json : JSON.stringify(text)
}

import type { CaptureLimits } from '@runtape/trace'
import { captureOutput, isPlainJson } from '@runtape/trace/provider'
import { newDecoder } from '../body/body-reader.ts'
import { type Fields, isFields } from '../call/json-fields.ts'
import { eventJson, eventTexts } from '../recorded/recorded-answer.ts'
import { dataOf, eventIn } from './event-data.ts'
import type { EventRules, Fold } from './event-rules.ts'
import { endOfEvent } from './sse-bytes.ts'
import { TemplateRun, viewOf } from './template-run.ts'

// Fewer that are alike are better read as what they are.
const fewestAlike = 4
const decoder = newDecoder()

/**
 * Adds the bytes of a stream up as they come. Events that are like the one before are not parsed: their values are
 * taken out, which costs a fraction of that, and what they have in common is kept once.
 */
export class StreamFold {
  readonly fold: Fold
  readonly #rules: EventRules
  readonly #limits: CaptureLimits | undefined
  /** Each in JSON, or many of them as a run. */
  readonly #events: (string | TemplateRun)[] = []
  #run: TemplateRun | undefined
  isDone = false
  /** Whether there was an event that is not JSON. */
  hasOdd = false
  /** Whether there was an event with something in it that is not to be kept. */
  hasSecret = false

  /** @param limits where secrets are looked for in the events themselves */
  constructor(rules: EventRules, limits?: CaptureLimits) {
    this.#rules = rules
    this.#limits = limits
    this.fold = rules.newFold()
  }

  /** Takes bytes up to where an event ends or the stream does; where it broke off, its last event need not be whole. */
  add(bytes: Uint8Array, brokeOff = false): void {
    const { length: end } = bytes
    const view = viewOf(bytes)
    for (let at = 0; at < end; ) {
      const next = this.#run?.take(bytes, view, at, end) ?? -1
      at = next === -1 ? this.#parse(bytes, at, end, brokeOff) : next
    }
  }

  /** The events as a list in JSON, once nothing more is added. */
  events(): string {
    this.#endRun()
    return `[${this.#events.map(event => (typeof event === 'string' ? event : event.json())).join()}]`
  }

  #parse(bytes: Uint8Array, at: number, upTo: number, brokeOff: boolean): number {
    this.#endRun()
    const end = endOfEvent(bytes, at, upTo)
    const text = decoder.decode(bytes.subarray(at, end))
    const event = this.#add(text, brokeOff && end === upTo)
    const template = isFields(event) && !this.isDone ? this.#rules.template?.(event, text) : undefined
    this.#run = template && new TemplateRun(template)
    const json = eventJson(text, event)
    if (this.#limits) this.hasSecret ||= holdsSecret(isFields(event) ? event : text, json, this.#limits)
    this.#events.push(json)
    return end
  }

  #add(text: string, brokeOff: boolean): ReturnType<typeof eventIn> {
    const event = this.isDone ? undefined : eventIn(dataOf(text))
    if (event === 'done') this.isDone = true
    else if (event) {
      this.fold.add(event)
      this.isDone = this.#rules.isLast?.(event) ?? false
    } else if (event === null && !brokeOff) this.hasOdd = true
    return event
  }

  #endRun(): void {
    const run = this.#run
    this.#run = undefined
    if (run && run.count > 0) this.#keepRun(run)
  }

  #keepRun(run: TemplateRun): void {
    const content = run.content()
    if (content !== undefined) this.fold.addContent?.(content)
    else for (const text of eventTexts(JSON.parse(run.json()))) this.#add(text, false)
    this.#events.push(run.count < fewestAlike ? apart(run.json()) : run.ended())
  }
}

/** Whether this event, recorded like this, has something in it that is not to be kept. */
function holdsSecret(event: Fields | string, json: string, limits: CaptureLimits): boolean {
  // Who has a say in what is kept sees it as it is recorded, so that all but texts can be left to them.
  const isText = json.startsWith('"')
  if (limits.redact ? !isText : isPlainJson(event, limits)) return false
  return captureOutput(event, limits).redacted !== undefined
}

const apart = (json: string): string =>
  eventTexts(JSON.parse(json))
    .map(text => eventJson(text, eventIn(dataOf(text))))
    .join()

import type { CaptureLimits } from '@runtape/trace'
import { captureOutput, isPlainJson } from '@runtape/trace/provider'
import { type Fields, isFields } from '../call/json-fields.ts'
import { eventJson, eventTexts } from '../recorded/recorded-answer.ts'
import { dataOf, eventIn } from './event-data.ts'
import type { TemplateRun } from './template-run.ts'

// A shorter run is easier to read as separate events.
const fewestAlike = 4

/** The events of a stream, as they are recorded. */
export class EventLog {
  readonly #limits: CaptureLimits | undefined
  /** Each event as JSON, or many as a run. */
  readonly #events: (string | TemplateRun)[] = []
  /** Whether an event contained anything that must not be kept. */
  hasSecret = false

  /** @param limits for the search for secrets in single events; `undefined` for no search */
  constructor(limits: CaptureLimits | undefined) {
    this.#limits = limits
  }

  /** @param event the JSON in its text, if any */
  add(text: string, event: unknown): void {
    const json = eventJson(text, event)
    if (this.#limits) this.hasSecret ||= holdsSecret(isFields(event) ? event : text, json, this.#limits)
    this.#events.push(json)
  }

  addRun(run: TemplateRun): void {
    this.#events.push(run.count < fewestAlike ? apart(run.json()) : run.ended())
  }

  /** All events, as a JSON list. */
  json(): string {
    return `[${this.#events.map(event => (typeof event === 'string' ? event : event.json())).join()}]`
  }
}

/** Whether this event contains anything that must not be kept. */
function holdsSecret(event: Fields | string, json: string, limits: CaptureLimits): boolean {
  // A `redact` of the application is called on the recorded events later, so only texts need to be searched here.
  const isText = json.startsWith('"')
  if (limits.redact ? !isText : isPlainJson(event, limits)) return false
  return captureOutput(event, limits).redacted !== undefined
}

const apart = (json: string): string =>
  eventTexts(JSON.parse(json))
    .map(text => eventJson(text, eventIn(dataOf(text))))
    .join()

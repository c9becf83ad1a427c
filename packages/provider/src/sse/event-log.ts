import type { CaptureLimits } from '@runtape/trace'
import { captureOutput, isPlainJson } from '@runtape/trace/provider'
import { type Fields, isFields } from '../call/json-fields.ts'
import { eventJson, eventTexts } from '../recorded/recorded-answer.ts'
import { dataOf, eventIn } from './event-data.ts'
import type { TemplateRun } from './template-run.ts'

// Fewer that are alike are better read as what they are.
const fewestAlike = 4

/** The events of a stream, as they are recorded. */
export class EventLog {
  readonly #limits: CaptureLimits | undefined
  /** Each in JSON, or many of them as a run. */
  readonly #events: (string | TemplateRun)[] = []
  /** Whether there was an event with something in it that is not to be kept. */
  hasSecret = false

  /** @param limits where secrets are looked for in the events themselves */
  constructor(limits: CaptureLimits | undefined) {
    this.#limits = limits
  }

  /** @param event the JSON in its text, if there is any */
  add(text: string, event: unknown): void {
    const json = eventJson(text, event)
    if (this.#limits) this.hasSecret ||= holdsSecret(isFields(event) ? event : text, json, this.#limits)
    this.#events.push(json)
  }

  addRun(run: TemplateRun): void {
    this.#events.push(run.count < fewestAlike ? apart(run.json()) : run.ended())
  }

  /** All of them, as a list. */
  json(): string {
    return `[${this.#events.map(event => (typeof event === 'string' ? event : event.json())).join()}]`
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

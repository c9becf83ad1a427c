import type { Fields } from '@runtape/provider'
import type { EventFilter } from '@runtape/provider/http'
import { dataOf, eventIn } from '@runtape/provider/http'
import { isUsageOnly } from './fold-chunks.ts'
import { withNullUsage, withoutNullUsage } from './usage-bytes.ts'

export interface HidingOptions {
  /** Whether chunks have `"usage":null` because usage was requested. */
  readonly hidesNull: boolean
  /** Called for usage that cannot result from our request. */
  onToldUnasked(): void
}

/** Hides the usage of a stream from an application that did not request it, if it is there because of us. */
export const hideUsage = ({ hidesNull, onToldUnasked }: HidingOptions): EventFilter => ({
  pass: hidesNull ? withoutNullUsage : withNullUsage,
  show: (text, event) => {
    const { usage } = event
    if (usage === undefined) return text
    if (usage === null) return hidesNull ? withoutNull(text) : text
    const isHidden = isUsageOnly(event) && isStandard(event)
    // Timings are also sent without the request, in the previous chunk.
    if (!isHidden || event.timings !== undefined) onToldUnasked()
    return isHidden ? '' : text
  },
})

/** Fields of standard chunks, and the speed that a server of local models adds to the usage. */
const standardFields: ReadonlySet<string> = new Set([
  'id',
  'object',
  'created',
  'model',
  'choices',
  'usage',
  'system_fingerprint',
  'service_tier',
  'obfuscation',
  'timings',
])

// With the chunk, the application would lose more than usage.
const isStandard = (event: Fields): boolean => Object.keys(event).every(field => standardFields.has(field))

const nullUsage = /,\s*"usage"\s*:\s*null|"usage"\s*:\s*null\s*,\s*/g

/** The event without its own `null` usage; nested ones stay. */
function withoutNull(text: string): string {
  for (const {
    0: { length },
    index,
  } of text.matchAll(nullUsage)) {
    const shorter = text.slice(0, index) + text.slice(index + length)
    const event = eventOf(shorter)
    if (event && event.usage === undefined) return shorter
  }
  return text
}

function eventOf(text: string): Fields | undefined {
  const event = eventIn(dataOf(text))
  return typeof event === 'object' && event !== null ? event : undefined
}

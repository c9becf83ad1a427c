import type { Fields } from '@runtape/provider'
import type { EventFilter } from '@runtape/provider/http'
import { dataOf, eventIn } from '@runtape/provider/http'
import { isUsageOnly } from './fold-chunks.ts'
import { withNullUsage, withoutNullUsage } from './usage-bytes.ts'

export interface HidingOptions {
  /** Whether the `"usage":null` of chunks is there because usage was asked for. */
  readonly hidesNull: boolean
  /** Called for usage that cannot be there because it was asked for. */
  onToldUnasked(): void
}

/** Hides the usage of a stream from an application that did not ask for it, where it is there because of us. */
export const hideUsage = ({ hidesNull, onToldUnasked }: HidingOptions): EventFilter => ({
  pass: hidesNull ? withoutNullUsage : withNullUsage,
  show: (text, event) => {
    const { usage } = event
    if (usage === undefined) return text
    if (usage === null) return hidesNull ? withoutNull(text) : text
    const isHidden = isUsageOnly(event) && isStandard(event)
    // Timings are there for those who do not ask, too, in the chunk before.
    if (!isHidden || event.timings !== undefined) onToldUnasked()
    return isHidden ? '' : text
  },
})

/** What chunks of the standard have, and the speed that a server of local models puts beside the usage. */
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

// More would be lost to the application with the chunk.
const isStandard = (event: Fields): boolean => Object.keys(event).every(field => standardFields.has(field))

const nullUsage = /,\s*"usage"\s*:\s*null|"usage"\s*:\s*null\s*,\s*/g

/** The event without the usage that is `null` in it: the one of the event itself, not one further inside. */
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

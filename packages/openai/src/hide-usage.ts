import type { Fields } from '@runtape/provider'
import type { EventFilter } from '@runtape/provider/http'
import { dataOf, eventIn } from '@runtape/provider/http'
import { isUsageOnly } from './fold-chunks.ts'
import { withoutNullUsage } from './usage-bytes.ts'

/** Hides the usage of a stream from an application that did not ask for it. */
export const hideUsage: EventFilter = {
  pass: withoutNullUsage,
  show: (text, event) => {
    if (event.usage === undefined) return text
    if (isUsageOnly(event)) return ''
    return event.usage === null ? withoutNull(text) : text
  },
}

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

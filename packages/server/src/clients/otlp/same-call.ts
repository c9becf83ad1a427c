import type { CallValue, RunEvent } from '@runtape/core'

export const responseIdAttribute = 'otel.responseId'
export const parentAttribute = 'otel.parentSpanId'

/**
 * The events, without calls that another instrumentation tells as well, of those in `known` and of one another. A call with usage
 * takes the place of one without; if the store has that already, both are calls of the run, whose usage stays partly unknown, and no
 * tokens are lost. So the tokens are the same in any order.
 *
 * @param known what the store has of the run
 */
export function withoutTwins(events: readonly RunEvent[], known: readonly RunEvent[]): RunEvent[] {
  const calls = new Calls()
  for (const event of known) if (isCall(event)) calls.add(event)
  const kept = new Set<RunEvent>()
  for (const event of events.filter(isCall).sort(byUsage)) {
    if (calls.tell(event)) continue
    kept.add(event)
    calls.add(event)
  }
  return events.filter(event => !isCall(event) || kept.has(event))
}

const isCall = ({ metric }: RunEvent): boolean => metric.startsWith('call:')
const usageOf = ({ value }: RunEvent) => (value as CallValue).usage

/** Those first that say most of their tokens; the order does not depend on that of the spans. */
function byUsage(a: RunEvent, b: RunEvent): number {
  const [countsA = 0, countsB = 0] = [a, b].map(event => Object.keys(usageOf(event) ?? {}).length)
  return countsB - countsA || (a.metric < b.metric ? -1 : 1)
}

interface Call {
  readonly hasUsage: boolean
  /** The provider's id of its answer. */
  readonly answer: unknown
}

/**
 * The calls of one run. Two of them are the same call, told by two instrumentations: they have the same answer of the provider, or
 * one span is the parent of the other and does not have another answer.
 */
class Calls {
  readonly #byMetric = new Map<string, Call>()
  readonly #byAnswer = new Map<unknown, Call[]>()
  /** By the metric that their parent has, if that is a call. */
  readonly #children = new Map<string, Call[]>()

  add(event: RunEvent): void {
    const call = callOf(event)
    this.#byMetric.set(event.metric, call)
    if (call.answer !== undefined) listed(this.#byAnswer, call.answer).push(call)
    listed(this.#children, parentOf(event)).push(call)
  }

  /** Whether they tell of the same call, with its usage or as little. The same span again is for the store to see. */
  tell(event: RunEvent): boolean {
    const { metric } = event
    if (this.#byMetric.has(metric)) return false
    const [call, parent] = [callOf(event), this.#byMetric.get(parentOf(event))]
    const related = [...(parent ? [parent] : []), ...(this.#children.get(metric) ?? [])]
    const twins = [
      ...(this.#byAnswer.get(call.answer) ?? []),
      ...related.filter(({ answer }) => answer === undefined || call.answer === undefined),
    ]
    return twins.some(({ hasUsage }) => hasUsage || !call.hasUsage)
  }
}

const callOf = (event: RunEvent): Call => ({
  hasUsage: usageOf(event) !== undefined,
  answer: event.attributes?.[responseIdAttribute],
})

const parentOf = ({ attributes }: RunEvent): string => `call:${attributes?.[parentAttribute] ?? ''}`

function listed<Key>(lists: Map<Key, Call[]>, key: Key): Call[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}

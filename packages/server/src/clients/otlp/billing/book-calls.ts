import type { CallValue, RunEvent, TokenUsage } from '@runtape/core'
import { addUsage } from '@runtape/core/internal'
import { type CallTree, callTree } from './call-tree.ts'
import {
  callOf,
  isCall,
  spanIdOf,
  type ToldCall,
  type ToldCalls,
  toldAttribute,
  usageOf,
} from './told-calls.ts'
import { hasTokens, isSame, surplusOf, within, without } from './usage-join.ts'

/**
 * The events to append, so that the bill has each call once. A call that other spans tell as well is booked with what it adds to
 * them, or not at all: the tokens are the same in any order. If a span shows that two calls in the bill are one, the bill cannot
 * be undone: an event for one of them, with what it should be, becomes a conflict that health lists.
 *
 * @param told what spans of the run have told so far; what these events tell is added
 */
export function bookedOnce(events: readonly RunEvent[], told: ToldCalls): RunEvent[] {
  const fresh = new Map<ToldCall, RunEvent>()
  const booked = events.filter(event => !isCall(event))
  for (const event of events.filter(isCall)) {
    const known = told.get(spanIdOf(event))
    if (known?.booked) booked.push(resent(event, known.booked))
    if (known) continue
    const call = callOf(event)
    told.add(call)
    fresh.set(call, event)
  }
  const settled = new Set<ToldCall>()
  for (const [call, event] of fresh) {
    if (settled.has(call)) continue
    const related = told.around(call)
    // Most calls are told once.
    if (related.length === 1) {
      call.booked = event
      booked.push(event)
      continue
    }
    for (const one of related) settled.add(one)
    booked.push(...settle(related, fresh))
  }
  return booked
}

/** The event as it was booked, if it tells the same as then: else the store sees the conflict. */
function resent(event: RunEvent, booked: RunEvent): RunEvent {
  const before = booked.attributes?.[toldAttribute]
  const [told, usage] = [usageOf(event), usageOf(booked)]
  if (before === undefined || !usage || JSON.stringify(told) !== before) return event
  return withPart(event, usage, booked)
}

function settle(related: readonly ToldCall[], fresh: ReadonlyMap<ToldCall, RunEvent>): RunEvent[] {
  const before = related.flatMap(({ booked }) => booked ?? [])
  const tree = callTree(related)
  const bill: Missing = { missing: without(tree.usage, sumOf(before)), first: before.find(usageOf), fresh }
  const excess = surplusOf(without(undefined, bill.missing))
  const news = related.filter(call => fresh.has(call)).sort(byUsage)
  const booked = [...book(news, bill), ...bookUnknown(news, { related, tree, fresh })]
  return [...booked, ...conflictsOf(before, excess, surplusOf(bill.missing))]
}

interface Missing {
  /** What the bill lacks. */
  missing: TokenUsage
  /** The event whose model the rest is billed under. */
  first: RunEvent | undefined
  readonly fresh: ReadonlyMap<ToldCall, RunEvent>
}

function book(calls: readonly ToldCall[], bill: Missing): RunEvent[] {
  const made: RunEvent[] = []
  for (const call of calls) {
    const event = bill.fresh.get(call)
    if (!event || !call.usage) continue
    const part = within(call.usage, bill.missing)
    if (!hasTokens(part)) continue
    bill.missing = without(bill.missing, part)
    call.booked = isSame(part, call.usage) ? event : withPart(event, part, bill.first ?? event)
    bill.first ??= call.booked
    made.push(call.booked)
  }
  return made
}

interface Unknown extends Pick<Missing, 'fresh'> {
  readonly related: readonly ToldCall[]
  readonly tree: CallTree
}

/** Calls whose tokens no span says. One of them makes the run's usage unknown; those that failed need none. */
function bookUnknown(calls: readonly ToldCall[], { related, tree, fresh }: Unknown): RunEvent[] {
  const isThere = (isError: boolean) =>
    related.some(({ booked, ...call }) => booked && !usageOf(booked) && call.isError === isError)
  const made: RunEvent[] = []
  for (const call of calls) {
    const event = fresh.get(call)
    if (!event || call.booked || call.usage || tree.isKnown(call)) continue
    if (isThere(false) || (call.isError && isThere(true))) continue
    call.booked = event
    made.push(event)
  }
  return made
}

/** Those first that say most of their tokens, then those that did not fail: the order does not depend on that of the spans. */
function byUsage(a: ToldCall, b: ToldCall): number {
  const [countsA = 0, countsB = 0] = [a, b].map(({ usage }) => Object.keys(usage ?? {}).length)
  return countsB - countsA || Number(a.isError) - Number(b.isError) || (a.spanId < b.spanId ? -1 : 1)
}

function withPart(
  event: RunEvent,
  usage: TokenUsage,
  { value, modelName, providerName }: RunEvent,
): RunEvent {
  const { model } = value as CallValue
  return {
    ...event,
    ...{ modelName, providerName },
    value: { ...(event.value as CallValue), usage, ...(model !== undefined && { model }) },
    attributes: { ...event.attributes, [toldAttribute]: JSON.stringify(usageOf(event)) },
  }
}

/** What the bill has too much, or lacks where it has the tokens, as another value of what is in it: the store lists the conflict. */
function conflictsOf(booked: readonly RunEvent[], excess?: TokenUsage, lacking?: TokenUsage): RunEvent[] {
  const wrong = excess ?? lacking
  const [event] = booked
    .filter(one => usageOf(one) && (!excess || surplusOf(within(excess, usageOf(one) ?? excess))))
    .sort((a, b) => (a.metric < b.metric ? -1 : 1))
  if (event === undefined || wrong === undefined) return []
  const { usage, ...value } = event.value as CallValue
  const right = usage && (excess ? without(usage, within(usage, excess)) : addUsage(usage, wrong))
  return [{ ...event, value: right && hasTokens(right) ? { ...value, usage: right } : value }]
}

function sumOf(events: readonly RunEvent[]): TokenUsage | undefined {
  let sum: TokenUsage | undefined
  for (const event of events) {
    const usage = usageOf(event)
    sum = sum && usage ? addUsage(sum, usage) : (sum ?? usage)
  }
  return sum
}

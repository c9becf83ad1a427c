import type { Payload, SpanRecord } from '@runtape/core'
import { readInput } from './call-view.ts'
import { notOnTape } from './recorded-answer.ts'
import type { Match, RecordedCall } from './recorded-calls.ts'

/** A call of a replay in its mock report. */
export interface MockedCall {
  readonly key: string
  readonly name: string
  /** The recorded call, if there is one. */
  readonly sourceSpanId?: string
  /** For drifted and missed calls: the recorded and the current arguments. */
  readonly recordedInput?: readonly unknown[]
  readonly input?: readonly unknown[]
  /** For missed calls: why nothing answers them. For drifted calls: the possible cause, if known. */
  readonly reason?: string
  /** For missed calls: the code ran instead, by `onMiss: 'run'`. Such a miss fails no item. */
  readonly ran?: true
  /** For answered calls: parts of the answer that are not on the tape. Reading one throws an error with this name. */
  readonly notOnTape?: readonly string[]
  /** For served calls: why it is unknown whether the input equals the recorded one. Its readable parts are equal. */
  readonly unknownInput?: string
  /**
   * For answered calls: effects of the recorded call besides its answer, such as changes to its arguments, and whether they were
   * repeated.
   */
  readonly notes?: readonly string[]
  /**
   * For answered calls: fields in which the object of the method differs from the recorded one. They do not affect matching,
   * because such a field may hold an id or state that differs each time.
   */
  readonly unlikeThis?: readonly string[]
}

/** Results of the mocked calls of a replay. Each call made is in one of the first four lists. */
export interface MockReport {
  /** Answered with the recorded input, or with one that cannot be compared: see `unknownInput`. */
  readonly served: readonly MockedCall[]
  /** Answered, but the input differs from the recorded one. */
  readonly drifted: readonly MockedCall[]
  /** Not on the tape, on the tape without an answer, or refused by the policy. */
  readonly missed: readonly MockedCall[]
  /** Answered by an override. */
  readonly overridden: readonly MockedCall[]
  /** On the tape, but not made by the end of the call; without calls under an answered call. */
  readonly unused: readonly MockedCall[]
}

export const noMocks: MockReport = { served: [], drifted: [], missed: [], overridden: [], unused: [] }

/** A requested call. */
interface Asked {
  readonly key: string
  readonly name: string
  readonly input: Payload
}

interface Entry {
  readonly call: MockedCall
  readonly recordedInput?: Payload | undefined
  readonly input?: Payload
  readonly answeredBy?: RecordedCall
  /** See `MockedCall`. */
  notes?: string[]
  unlikeThis?: readonly string[]
  /** Set if the code read a part of the answer that is not on the tape. */
  miss?: string
}

/** A call that was answered. */
export type Answered = Pick<Entry, 'miss' | 'notes' | 'unlikeThis'>

/** Records the results of calls while a replay runs; values are decoded when it is over. */
export class MockLedger {
  readonly #lists: Record<keyof MockReport, Entry[]> = {
    served: [],
    drifted: [],
    missed: [],
    overridden: [],
    unused: [],
  }

  addOverridden({ key, name }: Asked, node: SpanRecord | undefined): void {
    this.#lists.overridden.push({ call: { key, name, ...source(node) } })
  }

  /** @param reason why a drifted call may belong to another item */
  addAnswered({ key, name, input }: Asked, match: Match, reason?: string): Answered {
    const { drifted, unknownInput } = match
    const { span } = match.call
    const places = notOnTape(span)
    const found = { key, name, sourceSpanId: span.spanId }
    const call: MockedCall = places.length > 0 ? { ...found, notOnTape: places } : found
    if (!drifted && unknownInput === undefined) return this.#add('served', { call })
    const answeredBy = match.byOrder ? { answeredBy: match.call } : {}
    if (unknownInput !== undefined)
      return this.#add('served', { call: { ...call, unknownInput }, input, ...answeredBy })
    const told = reason === undefined ? call : { ...call, reason }
    return this.#add('drifted', { call: told, recordedInput: span.input, input, ...answeredBy })
  }

  #add(list: 'served' | 'drifted', entry: Entry): Entry {
    this.#lists[list].push(entry)
    return entry
  }

  addMissed({ key, name, input }: Asked, node: SpanRecord | undefined, reason: string, ran = false): void {
    const call = { key, name, ...source(node), reason, ...(ran && { ran }) }
    this.#lists.missed.push({ call, recordedInput: node?.input, input })
  }

  /** A copy, with the unused calls. */
  report(unused: Iterable<SpanRecord>): MockReport {
    const { missed, overridden } = this.#lists
    const [incomplete, complete] = partition(this.#lists.served, ({ miss }) => miss !== undefined)
    const [unlike, like] = partition(this.#lists.drifted, ({ miss }) => miss !== undefined)
    const isWrong = ({ answeredBy }: Entry) => answeredBy?.reclaimed
    const [wronglyServed, served] = partition(complete, isWrong)
    const [wrong, drifted] = partition(like, isWrong)
    const lacked = [...incomplete, ...unlike].map(missing)
    return {
      served: served.map(shown),
      drifted: drifted.map(shown),
      missed: [...missed.map(shown), ...lacked, ...[...wrong, ...wronglyServed].map(added)],
      overridden: overridden.map(shown),
      unused: Array.from(unused, ({ key, name, spanId }) => ({ key, name, sourceSpanId: spanId })),
    }
  }
}

// If a call drifts into the answer of another call that is then made too, it was added, not changed.
function added(entry: Entry): MockedCall {
  const {
    sourceSpanId: _,
    unknownInput: __,
    ...call
  } = shown({ call: entry.call, ...(entry.input && { input: entry.input }) })
  const why = 'no such call is on the tape; it got the answer of the following call'
  return { ...call, reason: call.reason ?? why }
}

// It was answered, and then the code read more than the tape has.
function missing(entry: Entry): MockedCall {
  const { notOnTape: _, unknownInput: __, ...call } = shown(entry)
  return { ...call, reason: entry.miss ?? '' }
}

function partition<T>(
  list: readonly T[],
  belongs: (item: T) => boolean | undefined,
): [readonly T[], readonly T[]] {
  if (!list.some(belongs)) return [[], list]
  return [list.filter(belongs), list.filter(item => !belongs(item))]
}

const source = (node: SpanRecord | undefined) => node && { sourceSpanId: node.spanId }

function shown(entry: Entry): MockedCall {
  const { call, notes, unlikeThis } = entry
  const recordedInput = entry.recordedInput && readInput(entry.recordedInput)
  const input = entry.input && readInput(entry.input)
  if (!notes && !unlikeThis && !recordedInput && !input) return call
  return {
    ...call,
    ...(notes && { notes: [...new Set(notes)] }),
    ...(unlikeThis && { unlikeThis }),
    ...(recordedInput && { recordedInput }),
    ...(input && { input }),
  }
}

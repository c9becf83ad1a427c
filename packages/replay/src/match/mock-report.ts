import type { Payload, SpanRecord } from '@runtape/core'
import { readInput } from './call-view.ts'
import { notOnTape } from './recorded-answer.ts'
import type { Match, RecordedCall } from './recorded-calls.ts'

/** A call of a replay, as its mock report names it. */
export interface MockedCall {
  readonly key: string
  readonly name: string
  /** The recorded call, where there is one. */
  readonly sourceSpanId?: string
  /** Of calls that drifted or were missed: the arguments when it was recorded, and those of now. */
  readonly recordedInput?: readonly unknown[]
  readonly input?: readonly unknown[]
  /** Of calls that were missed: why nothing answers them. Of calls that drifted: what may be the cause, if that is known. */
  readonly reason?: string
  /** Of calls that were missed: the code ran in place of the answer, by `onMiss: 'run'`. Such a miss fails no item. */
  readonly ran?: true
  /** Of calls that were answered: what of the answer is not on the tape, and fails when code asks for it by this name. */
  readonly notOnTape?: readonly string[]
  /** Of calls that were served: why it is unknown whether the input is the recorded one. What can be read of it is equal. */
  readonly unknownInput?: string
  /**
   * Of calls that were answered: what the recorded call did beside its answer, such as changes to its arguments, and
   * whether it was done again.
   */
  readonly notes?: readonly string[]
  /**
   * Of calls that were answered: the fields in which the object that the method was called on is unlike the recorded one. It
   * decides nothing: such a field may hold an id or a state that differs each time.
   */
  readonly unlikeThis?: readonly string[]
}

/** What became of the calls that were to be answered from the tape. A call that was made is in one of the first four. */
export interface MockReport {
  /** Answered, with the recorded input, or with one that cannot be compared: see `unknownInput`. */
  readonly served: readonly MockedCall[]
  /** Answered, but the input differs from the recorded one. */
  readonly drifted: readonly MockedCall[]
  /** Not on the tape, or there without an answer, or refused by the policy. */
  readonly missed: readonly MockedCall[]
  /** Answered by an override. */
  readonly overridden: readonly MockedCall[]
  /** On the tape, and not asked for by the end of the call; what lies under an answered call is not meant. */
  readonly unused: readonly MockedCall[]
}

export const noMocks: MockReport = { served: [], drifted: [], missed: [], overridden: [], unused: [] }

/** A call that was asked for. */
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
  /** Set where the code asked the answer for something that is not on the tape. */
  miss?: string
}

/** A call that was answered. */
export type Answered = Pick<Entry, 'miss' | 'notes' | 'unlikeThis'>

/** Keeps what became of the calls while a replay runs; values are read when it is over. */
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

  /** @param reason why a drifted call is not of this item */
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

  /** A copy, beside what was not used. */
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

// What drifted into the answer of a call that then came itself was no changed call but one more.
function added(entry: Entry): MockedCall {
  const {
    sourceSpanId: _,
    unknownInput: __,
    ...call
  } = shown({ call: entry.call, ...(entry.input && { input: entry.input }) })
  const why = 'no such call is on the tape; it got the answer of the following call'
  return { ...call, reason: call.reason ?? why }
}

// It was answered, and then the code asked for more than the tape has.
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

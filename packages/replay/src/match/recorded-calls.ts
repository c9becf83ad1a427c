import type { Payload, SpanRecord } from '@runtape/core'
import { type DroppedTag, droppedTag, tagOf } from '@runtape/core/internal'
import { fingerprint } from '@runtape/trace'
import { comparePayloads } from '../compare/compare-payloads.ts'
import { isWhole, unreadPlaces } from '../compare/unread-places.ts'
import { isPending, withoutBodies } from './without-bodies.ts'

/** A recorded call, and its state in the replay. */
export interface RecordedCall {
  readonly span: SpanRecord
  /** The surrounding call, if it is on the tape. */
  readonly parent: RecordedCall | undefined
  state: 'unused' | 'ran' | 'answered'
  /** Its counterpart in the replay has ended. */
  hasEnded: boolean
  /** The last recorded event before its counterpart started. */
  startedAfter?: number | undefined
  /**
   * The replay's turn in which a timer caused it before an answer that the recording has shortly before it, although the timer
   * was due: the recording process may have been blocked.
   */
  heldUp?: number
  /** Number of the stream's chunks that have passed. */
  chunks?: number
  /** It was taken by a call with another input. */
  drifted: boolean
  /** The call that it belongs to was made after all: the call that took it before was not on the tape. */
  reclaimed: boolean
}

/** A recorded call matched to a call of the replay. `drifted`: its input differs. */
export interface Match {
  readonly call: RecordedCall
  readonly drifted: boolean
  /** Why it is unknown whether the input is the recorded one: the readable parts of both are equal. */
  readonly unknownInput?: string
  /** Matched by order, like a drifted one: another call may match better. */
  readonly byOrder?: boolean
}

/** The calls of one key and name under one parent, in order of start. */
export class Calls {
  readonly #calls: RecordedCall[] = []
  #stubs: Stub[] | undefined
  #byText: Lookup | undefined
  #byInput: Lookup | undefined
  /** How many calls have the same readable input. */
  #alike: Map<string | undefined, number> | undefined
  #firstUnused = 0

  add(call: RecordedCall): void {
    this.#calls.push(call)
    const dropped = droppedTag(call.span)
    if (!dropped) return
    this.#stubs ??= []
    this.#stubs.push({ call, ...dropped })
  }

  /** By content first: the same input; then the next remaining call. */
  take(input: Payload): Match | undefined {
    const same = this.#sameText(input) ?? this.#sameInput(input) ?? this.#stubOf(input)
    if (same) {
      const unknown = this.#whyUnknown(same, input)
      return unknown ? { call: same, drifted: false, ...unknown } : { call: same, drifted: false }
    }
    const next = this.#nextUnused()
    if (!next) return undefined
    next.drifted = true
    const unknown = this.#whyUnknown(next, input)
    return { call: next, drifted: unknown === undefined, byOrder: true, ...unknown }
  }

  /** The inputs of the remaining calls. */
  *unusedInputs(): Generator<Payload> {
    for (const { span, state } of this.#calls) if (state === 'unused' && !droppedTag(span)) yield span.input
  }

  // Most inputs have the same JSON as recorded: those need no fingerprint.
  #sameText(input: Payload): RecordedCall | undefined {
    const text = textOf(input)
    if (text === undefined) return undefined
    this.#byText ??= lookup(this.#calls, ({ input: recorded }) => textOf(recorded))
    return takeFrom(this.#byText.get(text))
  }

  #sameInput(input: Payload): RecordedCall | undefined {
    this.#byInput ??= lookup(this.#calls, ({ input: recorded }) => readableFingerprint(recorded))
    return takeFrom(this.#byInput.get(fingerprint(withoutBodies(input))))
  }

  // After those with content: the tag may belong to another input, and then this is a miss, never a wrong answer.
  #stubOf(input: Payload): RecordedCall | undefined {
    const stubs = this.#stubs
    if (!stubs) return undefined
    const print = fingerprint(input)
    const tags = new Map<string, string>()
    for (const { salt } of stubs) if (!tags.has(salt)) tags.set(salt, tagOf(salt, print))
    return stubs.find(({ call, salt, tag }) => call.state === 'unused' && tags.get(salt) === tag)?.call
  }

  #whyUnknown({ span }: RecordedCall, input: Payload): Pick<Match, 'unknownInput'> | undefined {
    if (!mayBeUnknown(span.input) && !mayBeUnknown(input)) return undefined
    const name = readableFingerprint(span.input)
    const compared = comparePayloads(span.input, input)
    if (name === undefined || compared.result !== 'unknown') return undefined
    this.#alike ??= counted(this.#calls.map(call => readableFingerprint(call.span.input)))
    const alike = this.#alike.get(name) ?? 1
    // Its body is read after it has been answered; no other recorded call matches.
    if (alike === 1 && isPending(input) && unreadPlaces(span.input).length === 0) return undefined
    const byOrder =
      alike > 1 ? `; ${alike} recorded calls look alike, and only their order tells them apart` : ''
    return { unknownInput: compared.reason + byOrder }
  }

  #nextUnused(): RecordedCall | undefined {
    for (; this.#firstUnused < this.#calls.length; this.#firstUnused++) {
      const call = this.#calls[this.#firstUnused]
      if (call?.state === 'unused') return call
    }
    return undefined
  }
}

/** The stub of a dropped recorded call. */
interface Stub extends DroppedTag {
  readonly call: RecordedCall
}

// A damaged record may have no input.
const mayBeUnknown = (input: Payload | null | undefined): boolean =>
  input != null && (input.truncated !== undefined || (!isWhole(input) && unreadPlaces(input).length > 0))

function counted<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

/** Recorded calls by look-up key, reversed so that taking the first one is cheap. */
type Lookup = Map<string | undefined, RecordedCall[]>

function lookup(calls: readonly RecordedCall[], key: (span: SpanRecord) => string | undefined): Lookup {
  const found: Lookup = new Map()
  for (let index = calls.length - 1; index >= 0; index--) {
    const call = calls[index] as RecordedCall
    // The placeholder of a dropped input is not an input.
    if (droppedTag(call.span)) continue
    const name = key(call.span)
    const alike = found.get(name)
    if (alike) alike.push(call)
    else found.set(name, [call])
  }
  return found
}

// A call taken by a drifted call is still available to the call that it belongs to: an added call must not shift the answers of
// all later ones.
function takeFrom(left: RecordedCall[] | undefined): RecordedCall | undefined {
  for (let call = left?.pop(); call; call = left?.pop())
    if (call.state === 'unused' || (call.drifted && !call.reclaimed)) {
      call.reclaimed = call.drifted
      return call
    }
  return undefined
}

/** The JSON of an input, if it is complete. A damaged record may have none. */
const textOf = (input: Payload | null | undefined): string | undefined =>
  input && input.meta === undefined && input.truncated === undefined ? input.json : undefined

// An unreadable recorded input equals none, and must not block the others.
function readableFingerprint(input: Payload): string | undefined {
  try {
    return fingerprint(withoutBodies(input))
  } catch {
    return undefined
  }
}

import type { Payload } from '../../records/records.ts'
import type { TokenUsage } from '../../records/token-usage.ts'
import type { AsOf } from '../revision.ts'

/** Names one replay of one trace in a test run. */
export interface ItemIdentity {
  readonly sourceTraceId: string
  /** The recorded call that was replayed, if not the whole trace. */
  readonly sourceSpanId?: string
  /** 1 for the first replay of the trace. */
  readonly attempt: number
}

/** How an item compares with its recording. */
export type ItemResult = 'same' | 'changed' | 'unknown' | 'failed'

/** What happened to a call of a replay, or to a recorded call that was not made. */
export type ItemCallKind = 'served' | 'drifted' | 'missed' | 'overridden' | 'ran' | 'unused' | 'not-reached'

/** A call in an item's mock report. */
export interface ItemCall {
  readonly kind: ItemCallKind
  readonly key: string
  readonly name: string
  /** The recorded call, if there is one. */
  readonly sourceSpanId?: string
  /** The reason: which part of the input drifted, why no recorded call answered, or which rule let it run. */
  readonly reason: string
  /** Number of calls: those that ran by the same rule share one entry. Default: 1. */
  readonly count?: number
  /** For drifted calls: the possible cause, if known. */
  readonly cause?: string
  /** For missed calls: whether the code ran instead. */
  readonly ran?: true
  readonly recordedInput?: Payload
  readonly input?: Payload
  /** Parts of the answer that are not on the tape. */
  readonly notOnTape?: readonly string[]
  /** For served calls: why the input could not be compared with the recorded one. */
  readonly unknownInput?: string
  readonly notes?: readonly string[]
  /** Fields of the method's `this` that differ from the recorded ones. */
  readonly unlikeThis?: readonly string[]
}

/** Number of calls of each kind. */
export type ItemCallCounts = Readonly<Record<ItemCallKind, number>> & {
  /** Missed calls that ran instead. */
  readonly missedAndRan: number
  /** Served calls whose input could not be compared. */
  readonly unknownInputs: number
  /** Answered methods whose `this` differs from the recorded one. */
  readonly unlikeThis: number
}

/** An evaluator's score of an item. */
export interface ItemScore {
  /** From 0 (bad) to 1 (good). */
  readonly score: number
  readonly pass?: boolean
  readonly reasoning?: string
  /** Version of the evaluator, if it has one. */
  readonly version?: string
  /** The lowest passing mean of the test run, if one was given. */
  readonly threshold?: number
}

/** A call that differs between a recording and its replay. */
export interface ItemCallDifference {
  readonly key: string
  readonly name: string
  /** The surrounding call. */
  readonly parentKey: string
  /** In the recording and in the replay. Calls under a call that only one of them has are not listed. */
  readonly sourceSpanId?: string
  readonly spanId?: string
  /** For changed calls: the parts that differ. */
  readonly changed?: readonly ('input' | 'output' | 'error')[]
  /** For calls that cannot be compared: the unreadable parts, if the rest is equal. */
  readonly unknown?: readonly ('input' | 'output' | 'error')[]
  /** Fingerprint of the values in the replay; absent if they cannot be read completely. */
  readonly values?: string
  /**
   * With `baseline`: the call differs with the code before the change too, in the same way or in another one. Absent if it does
   * not differ then, so that the change explains it.
   */
  readonly before?: 'same' | 'other'
}

/** How the same item compares with its recording with the code before the change; without texts of that replay. */
export interface ItemBaselineFacts {
  readonly outcome: ItemResult
  /** The trace that the replay with that code made; null if it was not kept. */
  readonly traceId: string | null
  /** Why the item differs: the change, something that is there before it too, or unknown. Absent if it does not differ. */
  readonly cause?: 'change' | 'before' | 'unknown'
  /** Paths in the result that the change explains. */
  readonly places?: readonly string[]
  /** Evaluators whose scores do not count, because they compare with the recording, which differs before the change too. */
  readonly excused?: readonly string[]
}

/** How the calls of a replay differ from those of its recording. */
export interface ItemDiff {
  readonly added: readonly ItemCallDifference[]
  readonly removed: readonly ItemCallDifference[]
  /** Made under the same call, but in another order: the fewest calls that explain it. */
  readonly reordered: readonly ItemCallDifference[]
  /** Made again with another input, output or error. */
  readonly changed: readonly ItemCallDifference[]
  /** Made again, but it is unknown whether input, output and error are the same. Absent if there are none. */
  readonly unknown?: readonly ItemCallDifference[]
  /**
   * Recorded after the call returned, and not made again while the replay waited for them: they may still come. Absent if there
   * are none.
   */
  readonly notSeen?: readonly ItemCallDifference[]
}

/** An item as lists show it: long texts are cut, and calls are only counted. */
export interface ItemRow extends ItemIdentity {
  readonly outcome: ItemResult
  readonly reason?: string
  readonly hint?: string
  readonly error: string | null
  /** The recorded error, if the recording ended with one. */
  readonly originalError: string | null
  /** Whether the replay was stopped before this item ended. */
  readonly stopped?: true
  /** The trace that the replay made; null if there is none. */
  readonly traceId: string | null
  readonly recorded: {
    readonly durationMs: number | null
    readonly tokens: TokenUsage | null
    readonly model: string | null
  }
  readonly replay: { readonly durationMs: number | null; readonly tokens: TokenUsage | null }
  /** Use of the replay minus use of the recording; null if unknown. */
  readonly delta?: {
    readonly durationMs: number | null
    readonly tokens: number | null
    readonly costNanoUsd: number | null
  }
  readonly cost?: { readonly recordedNanoUsd: number | null; readonly replayNanoUsd: number | null }
  /** The same item with the code before the change. Absent without a baseline. */
  readonly baseline?: ItemBaselineFacts
  /** By evaluator. */
  readonly scores: Readonly<Record<string, ItemScore>>
  /** Why an evaluator returned no score. */
  readonly scoreErrors?: Readonly<Record<string, string>>
  readonly callCounts: ItemCallCounts
  /** Number of calls that differ from the recorded ones; absent if they were not compared. */
  readonly differences?: number
}

/** One replay of one trace, as `testRuns.putItem` takes it: JSON. */
export interface ItemRecord extends Omit<ItemRow, 'callCounts' | 'differences'> {
  readonly calls: readonly ItemCall[]
  readonly diff?: ItemDiff
  /** Paths in both results that cannot be compared, each with the reason. */
  readonly unread?: readonly string[]
  /** Deviations after the end of the item. */
  readonly lateErrors?: readonly string[]
  /** Whether the arguments of the call were made by `adaptInputs`. */
  readonly adapted?: true
  /** The output that a reviewer expects. */
  readonly expected?: Payload
  /** The error that the replay ended with, if it was one. */
  readonly thrown?: ItemThrown
}

/** The texts of a thrown error. */
export interface ItemThrown {
  readonly name: string
  readonly message: string
  readonly stack?: string
  /** Of an error of Runtape. */
  readonly code?: string
  readonly cause?: ItemThrown
}

/** Facts that became known after the item was put, and that change its outcome. */
export interface LateItem extends ItemIdentity {
  readonly outcome: ItemResult
  readonly reason?: string
  readonly lateErrors: readonly string[]
  /** Calls missed after the end. */
  readonly calls: readonly ItemCall[]
}

/** One item with all its parts. */
export type Item = ItemRow & ItemRecord

/** First write wins: an equal item is a duplicate; a different one is a conflict and is not kept. */
export interface ItemReceipt {
  /** An item of an erased trace counts as a duplicate and is not added. */
  readonly status: 'accepted' | 'duplicate' | 'conflict'
}

/** Which items `testRuns.items` returns. */
export interface ItemQuery extends AsOf {
  /** Items with one of these outcomes. Default: all. */
  readonly only?: ItemResult | readonly ItemResult[]
  /** At most this many. Default: 50. */
  readonly limit?: number
  readonly cursor?: string
}

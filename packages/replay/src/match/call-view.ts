import type { Payload, SpanRecord } from '@runtape/core'
import type { ReplayCall } from '@runtape/core/internal'
import { decodeValue } from '@runtape/trace'

/** A call in a replay before it is made, as policies and overrides see it. */
export interface CallInReplay {
  readonly key: string
  readonly name: string
  /** `function`, `tool`, `model`, or the application's own type. */
  readonly type: string
  readonly mockOnReplay: boolean
  /** Its current arguments; empty if they cannot be read. */
  readonly input: readonly unknown[]
  /** The matching recorded call, if there is one. */
  readonly node: SpanRecord | undefined
  /** The output of the recorded call, or `undefined`. */
  readonly recordedOutput: unknown
}

/** Returns a recorded call with its output. */
export type Whole = (span: SpanRecord) => SpanRecord

type Facts = Pick<SpanRecord, 'key' | 'name' | 'type'> & { readonly mockOnReplay?: boolean }

/** Decodes values lazily. */
export class CallView implements CallInReplay {
  readonly key: string
  readonly name: string
  readonly type: string
  readonly mockOnReplay: boolean
  /** `node`, possibly without its output. */
  readonly recorded: SpanRecord | undefined
  readonly #input: Payload
  readonly #whole: Whole
  #node: SpanRecord | undefined

  constructor(
    { key, name, type, mockOnReplay = false }: Facts,
    input: Payload,
    recorded: SpanRecord | undefined,
    whole: Whole,
  ) {
    this.key = key
    this.name = name
    this.type = type
    this.mockOnReplay = mockOnReplay
    this.recorded = recorded
    this.#input = input
    this.#whole = whole
  }

  get node(): SpanRecord | undefined {
    this.#node ??= this.recorded && this.#whole(this.recorded)
    return this.#node
  }

  get input(): readonly unknown[] {
    return readInput(this.#input) ?? []
  }

  get recordedOutput(): unknown {
    return readValue(this.node?.output)
  }
}

export const viewOfCall = (call: ReplayCall, recorded: SpanRecord | undefined, whole: Whole): CallView =>
  new CallView(call, call.input, recorded, whole)

/** A recorded call as if it were made again. */
export const viewOfSpan = (span: SpanRecord, whole: Whole): CallView =>
  new CallView(span, span.input, span, whole)

/** The arguments, or `undefined` if they cannot be read. */
export function readInput(payload: Payload): readonly unknown[] | undefined {
  const input = readValue(payload)
  return Array.isArray(input) ? input : undefined
}

function readValue(payload: Payload | undefined): unknown {
  try {
    return payload && decodeValue(payload)
  } catch {
    return undefined
  }
}

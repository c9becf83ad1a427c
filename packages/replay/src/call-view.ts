import type { Payload, ReplayCall, SpanRecord } from '@runtape/core'
import { decodeValue } from '@runtape/trace'

/** A call that is about to be made in a replay, as policies and overrides see it. */
export interface CallInReplay {
  readonly key: string
  readonly name: string
  /** `function`, `tool`, `model`, or a word of the application's own. */
  readonly type: string
  readonly mockOnReplay: boolean
  /** The arguments that it is called with now; empty where they cannot be read. */
  readonly input: readonly unknown[]
  /** The recorded call that answers to it, where there is one. */
  readonly node: SpanRecord | undefined
  /** What the recorded call gave, or `undefined`. */
  readonly recordedOutput: unknown
}

type Facts = Pick<SpanRecord, 'key' | 'name' | 'type'> & { readonly mockOnReplay?: boolean }

/** Reads values only where somebody asks for them. */
export class CallView implements CallInReplay {
  readonly key: string
  readonly name: string
  readonly type: string
  readonly mockOnReplay: boolean
  readonly node: SpanRecord | undefined
  readonly #input: Payload

  constructor(
    { key, name, type, mockOnReplay = false }: Facts,
    input: Payload,
    node: SpanRecord | undefined,
  ) {
    this.key = key
    this.name = name
    this.type = type
    this.mockOnReplay = mockOnReplay
    this.node = node
    this.#input = input
  }

  get input(): readonly unknown[] {
    return readInput(this.#input) ?? []
  }

  get recordedOutput(): unknown {
    return readValue(this.node?.output)
  }
}

export const viewOfCall = (call: ReplayCall, node: SpanRecord | undefined): CallView =>
  new CallView(call, call.input, node)

/** A recorded call as if it were made again. */
export const viewOfSpan = (span: SpanRecord): CallView => new CallView(span, span.input, span)

/** The arguments, or `undefined` where they cannot be read. */
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

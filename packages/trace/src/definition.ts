/** What a traced function says about its calls. */
export interface SpanDefinition {
  /** The trace function key: groups the spans of one function. */
  readonly key: string
  /** Tells apart functions that share a key. */
  readonly name: string
  /** What the call is: `function`, `tool`, `model`, or a word of the application's own. */
  readonly type: string
  /** Answered from the tape under `mock: 'marked'`: for whatever has side effects or costs. */
  readonly mockOnReplay: boolean
}

/** Options of a traced function. */
export interface TracedOptions {
  /** The key when left out. */
  readonly name?: string
  /** `function` when left out. */
  readonly type?: string
  readonly mockOnReplay?: boolean
}

export function defineSpan(key: string, options: TracedOptions = {}): SpanDefinition {
  const { name = key, type = 'function', mockOnReplay = false } = options
  return { key, name, type, mockOnReplay }
}

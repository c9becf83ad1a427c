import type {
  FeedbackValue,
  Metric,
  MetricValue,
  OutcomeValue,
  ScoreValue,
  TokenUsage,
  ToolCallValue,
} from '@runtape/core'
import { type ActiveReplay, addUsage, currentFrame, newSpanId } from '@runtape/core/internal'
import { noSlots, type SingleMetric, type Slots } from './slots.ts'

/** What a tracker has recorded: live, or in one replay. */
export interface RunState {
  /** The replay whose sink receives the events; absent if they are live. */
  readonly replay: ActiveReplay | undefined
  readonly single: Record<SingleMetric, MetricValue | undefined>
  /** Tool calls and scores, if any. */
  named: Map<Metric, MetricValue> | undefined
  slots: Slots
  /** The slots recorded at the end of a scope. If another scope ends, these are known repeats. */
  takenByScopes: Slots
  /** Open scopes, and the usage of those that ended before them: they are billed together. */
  openScopes: number
  usedByScopes: TokenUsage | undefined
  /** Identifies the open scopes, or the last ones if none is open: tokens replace only their calls. */
  scope: string | undefined
}

const newState = (replay: ActiveReplay | undefined): RunState => ({
  replay,
  single: {
    duration: undefined,
    'time-to-first-token': undefined,
    tokens: undefined,
    outcome: undefined,
    feedback: undefined,
  },
  named: undefined,
  slots: noSlots,
  takenByScopes: noSlots,
  openScopes: 0,
  usedByScopes: undefined,
  scope: undefined,
})

/** The states of a tracker: the live one, and one for each replay that uses it, which takes no live slot. */
export class RunStates {
  readonly #own: RunState
  #inReplays: WeakMap<ActiveReplay, RunState> | undefined

  constructor(bornIn: ActiveReplay | undefined) {
    this.#own = newState(bornIn)
  }

  current(): RunState {
    const replay = currentFrame()?.replay
    if (replay === undefined || replay === this.#own.replay) return this.#own
    this.#inReplays ??= new WeakMap()
    const known = this.#inReplays.get(replay)
    if (known) return known
    const state = newState(replay)
    this.#inReplays.set(replay, state)
    return state
  }
}

/** Counts one more open scope, and returns the shared id of all open scopes. */
export function openScopeOf(state: RunState): string {
  if (state.openScopes++ === 0 || state.scope === undefined) state.scope = newSpanId()
  return state.scope
}

/** The total usage of overlapping scopes, after the last of them has ended; nothing before. */
export function usageOfScopes(state: RunState, own: TokenUsage | undefined): TokenUsage | undefined {
  const { usedByScopes: others } = state
  const all = own && others ? addUsage(own, others) : (own ?? others)
  state.openScopes--
  state.usedByScopes = state.openScopes > 0 ? all : undefined
  return state.openScopes > 0 ? undefined : all
}

/** What a tracker has recorded so far in this process. Times are in milliseconds. */
export interface RunSummary {
  readonly runId: string
  readonly durationMs?: number
  readonly timeToFirstTokenMs?: number
  readonly tokens?: TokenUsage
  readonly outcome?: OutcomeValue
  readonly feedback?: FeedbackValue
  readonly toolCalls: readonly (ToolCallValue & { readonly id: string })[]
  readonly scores: Readonly<Record<string, ScoreValue>>
}

const fields: Record<SingleMetric, keyof RunSummary> = {
  duration: 'durationMs',
  'time-to-first-token': 'timeToFirstTokenMs',
  tokens: 'tokens',
  outcome: 'outcome',
  feedback: 'feedback',
}

/** Summary of the recorded metrics; a deep copy, so changing it has no effect. */
export function summarize(runId: string, { single, named = new Map() }: RunState): RunSummary {
  const recorded = Object.entries(single).filter(([, value]) => value !== undefined)
  const singles = recorded.map(([metric, value]) => [fields[metric as SingleMetric], structuredClone(value)])
  const toolCalls: unknown[] = []
  const scores: [string, unknown][] = []
  for (const [metric, value] of named) {
    const name = metric.slice(metric.indexOf(':') + 1)
    if (metric.startsWith('score:')) scores.push([name, structuredClone(value)])
    else toolCalls.push({ id: name, ...(value as ToolCallValue) })
  }
  // From entries, not by assignment: a score may be named `__proto__`.
  const summary = { runId, ...Object.fromEntries(singles), toolCalls, scores: Object.fromEntries(scores) }
  return summary as RunSummary
}

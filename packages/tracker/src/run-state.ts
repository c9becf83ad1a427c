import { type ActiveReplay, currentFrame, type Metric, type MetricValue } from '@runtape/core'
import { noSlots, type SingleMetric, type Slots } from './slots.ts'

/** What a tracker has recorded: live, or in one replay. */
export interface RunState {
  /** The replay whose sink takes the events; absent when they are live. */
  readonly replay: ActiveReplay | undefined
  readonly single: Record<SingleMetric, MetricValue | undefined>
  /** Tool calls and scores, where there are any. */
  named: Map<Metric, MetricValue> | undefined
  slots: Slots
  /** The slots that the end of a scope took, so that the end of another one is known to repeat them. */
  takenByScopes: Slots
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
})

/** The states of a tracker: one of its own, and one for each replay it is used in, which takes no live slot. */
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

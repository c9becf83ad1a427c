import type { Logger, Metric, MetricValue, RunContext, RunEvent, RunIdentity, Sink } from '@runtape/core'
import {
  type ActiveReplay,
  isKeptOffLive,
  isOutsideWatched,
  isThenable,
  messageOf,
  obeyOutsideVariable,
  warnSafely,
} from '@runtape/core/internal'
import type { Clock } from './clock.ts'

// In a worker thread or a child process of a replay.
obeyOutsideVariable()

/** Facts about the run on every event. */
export interface RunFacts extends RunIdentity {
  readonly modelName: string
  readonly providerName: string
  readonly context: RunContext | undefined
  readonly attributes: RunEvent['attributes']
  readonly traceId: string | undefined
}

/** Writes a run's events to its sink, or to the sink of the surrounding replay. */
export class EventWriter {
  readonly #facts: RunFacts
  readonly sink: Sink
  readonly #logger: Logger
  readonly #clock: Clock

  constructor(facts: RunFacts, sink: Sink, logger: Logger, clock: Clock) {
    this.#facts = facts
    this.sink = sink
    this.#logger = logger
    this.#clock = clock
  }

  /**
   * True if the sink keeps the event, false if it throws or returns `false`.
   *
   * @param scope of `tokens` and `call:` events, see `RunEvent`
   */
  write(replay: ActiveReplay | undefined, metric: Metric, value: MetricValue, scope?: string): boolean {
    // Code outside a replay that owns the process is not a live run.
    if (!replay && isOutsideWatched() && isKeptOffLive()) return false
    try {
      const event = this.#event(metric, value, scope)
      const answer = replay ? replay.sink.append(replayed(event, replay)) : this.sink.append(event)
      if (typeof answer === 'object') this.#watch(metric, answer)
      return answer !== false
    } catch (error) {
      this.#warn(metric, error)
      return false
    }
  }

  #event(metric: Metric, value: MetricValue, scope: string | undefined): RunEvent {
    const { runId, configKey, variationKey, version, modelName, providerName, context, attributes, traceId } =
      this.#facts
    const event: { -readonly [K in keyof RunEvent]: RunEvent[K] } = {
      kind: 'run-event',
      runId,
      metric,
      value,
      at: this.#clock.now(),
      configKey,
      variationKey,
      version,
      modelName,
      providerName,
    }
    // Assigned one by one: spreading conditional parts would cost more than the rest of the event.
    if (context !== undefined) event.context = context
    if (attributes !== undefined) event.attributes = attributes
    if (scope !== undefined) event.scope = scope
    if (traceId !== undefined) event.traceId = traceId
    return event
  }

  // An async `append` violates the contract of a sink; its rejection must not end the process.
  #watch(metric: Metric, waiting: unknown): void {
    if (isThenable(waiting)) waiting.then(undefined, error => this.#warn(metric, error))
  }

  #warn(metric: Metric, error: unknown): void {
    warnSafely(
      this.#logger,
      `The sink did not accept ${metric} of run ${this.#facts.runId}: ${messageOf(error)}`,
    )
  }
}

function replayed(event: RunEvent, { testRunId, traceId }: ActiveReplay): RunEvent {
  return { ...event, traceId, replay: { testRunId, traceId } }
}

import {
  consoleLogger,
  currentFrame,
  decodeResumptionToken,
  type Logger,
  newRunId,
  type RunContext,
  type RunEvent,
  type RunIdentity,
  type Sink,
} from '@runtape/core'
import { type Clock, systemClock } from './clock.ts'
import { EventWriter, type RunFacts } from './event-writer.ts'
import { Tracker } from './tracker.ts'

interface TrackerOptions {
  /** Takes the events. Three lines are enough: see `Sink`. */
  readonly sink: Sink
  /** Who the run is for. Only `kind` and `key` are kept, and what `keepContext` names. */
  readonly context?: RunContext
  readonly keepContext?: readonly string[]
  /** Put on every event: a release, a region, a tenant. */
  readonly attributes?: RunEvent['attributes']
  readonly logger?: Logger
  /** For tests. */
  readonly clock?: Clock
}

export interface TrackerInit extends TrackerOptions {
  readonly configKey: string
  /** `''` when left out. */
  readonly variationKey?: string
  /** 1 when left out. */
  readonly version?: number
  readonly modelName?: string
  readonly providerName?: string
  /** A new UUID when left out. */
  readonly runId?: string
}

export interface ResumeInit extends TrackerOptions {
  /** The `resumptionToken` of the run's tracker. */
  readonly token: string
}

/** A tracker for a new run. Applications use `createTracker()` of an AI config, which fills in what it knows. */
export function createTracker(init: TrackerInit): Tracker {
  const {
    runId = newRunId(),
    configKey,
    variationKey = '',
    version = 1,
    modelName = '',
    providerName = '',
  } = init
  const identity = { runId, configKey, variationKey, version }
  return makeTracker(init, identity, modelName, providerName, currentFrame()?.span?.traceId)
}

/**
 * A tracker for a run that another process started: same `runId`, fresh slots. A metric that the run already has is
 * kept out by the store, where the two processes share one. Model and provider are `''`.
 *
 * @throws {InvalidTokenError} when the token cannot be read.
 */
export function resumeTracker(init: ResumeInit): Tracker {
  return makeTracker(init, decodeResumptionToken(init.token), '', '', undefined)
}

function makeTracker(
  options: TrackerOptions,
  identity: RunIdentity,
  modelName: string,
  providerName: string,
  traceId: string | undefined,
): Tracker {
  const { sink, attributes, logger = consoleLogger, clock = systemClock, keepContext = [] } = options
  const context = options.context && keptContext(options.context, keepContext)
  const facts: RunFacts = { ...identity, modelName, providerName, context, attributes, traceId }
  return new Tracker(identity, new EventWriter(facts, sink, logger, clock), logger, clock)
}

function keptContext(context: RunContext, keep: readonly string[]): RunContext {
  const kept: Record<string, unknown> & RunContext = { kind: context.kind, key: context.key }
  for (const name of keep) if (Object.hasOwn(context, name)) kept[name] = context[name]
  return kept
}

import {
  consoleLogger,
  type Logger,
  type RunContext,
  type RunEvent,
  type RunIdentity,
  RuntapeError,
  type Sink,
} from '@runtape/core'
import {
  currentFrame,
  monotonicNow,
  newRunId,
  readResumptionToken,
  sinkProblem,
  type TokenMembers,
} from '@runtape/core/internal'
import type { Clock } from './clock.ts'
import { EventWriter, type RunFacts } from './event-writer.ts'
import { keptContext, keptFacts } from './kept-facts.ts'
import { Tracker } from './tracker.ts'

const systemClock: Clock = { now: Date.now, monotonic: monotonicNow }

interface TrackerOptions {
  /** Receives the events. Three lines are enough: see `Sink`. */
  readonly sink: Sink
  /** Whom the run is for. Only `kind`, `key` and the attributes in `keepContext` are kept. */
  readonly context?: RunContext
  readonly keepContext?: readonly string[]
  /** Put on every event: a release, a region, a tenant. */
  readonly attributes?: RunEvent['attributes']
  readonly logger?: Logger
  /** Whether it is the tracker of an AI config: warnings then name its `createTracker`. Default: false. */
  readonly fromConfig?: boolean
  /** For tests. */
  readonly clock?: Clock
}

export interface TrackerInit extends TrackerOptions {
  readonly configKey: string
  /** Default: `''`. */
  readonly variationKey?: string
  /** Default: 1. */
  readonly version?: number
  readonly modelName?: string
  readonly providerName?: string
  /** Default: a new UUID; in a replay the recorded run's id, so that `resumptionToken` equals the recorded one. */
  readonly runId?: string
}

export interface ResumeInit extends TrackerOptions {
  /** The `resumptionToken` of the run's tracker. */
  readonly token: string
}

/**
 * A tracker for a new run. Applications use `createTracker()` of an AI config, which fills in the config's data.
 *
 * @throws {RuntapeError} `invalid-option` if its events could not be kept: no sink, no `configKey`.
 */
export function createTracker(init: TrackerInit): Tracker {
  const {
    configKey,
    runId = runIdOf(configKey),
    variationKey = '',
    version = 1,
    modelName = '',
    providerName = '',
  } = init ?? ({} as TrackerInit)
  const identity = { runId, configKey, variationKey, version }
  return makeTracker(init, { identity, modelName, providerName, traceId: currentFrame()?.span?.traceId })
}

// In a replay the recorded id, so that a result containing it is equal. Its events are still marked.
function runIdOf(configKey: string): string {
  const { span, replay } = currentFrame() ?? {}
  const runId = (span && replay?.nextRunId?.(configKey, span)) ?? newRunId()
  span?.noteTracker?.(configKey, runId)
  return runId
}

/**
 * A tracker for a run that another process started: same `runId`, fresh slots. If both processes share a store, it rejects
 * metrics that the run already has. Model and provider are `''`.
 *
 * @throws {InvalidTokenError} if the token cannot be decoded.
 */
export function resumeTracker(init: ResumeInit): Tracker {
  const { identity, more } = readResumptionToken(init?.token)
  const { graphKey } = more
  // LaunchDarkly's agent graph, which its events name.
  const attributes = typeof graphKey === 'string' ? { graphKey, ...init.attributes } : init.attributes
  const options = { ...init, ...(attributes && { attributes }) }
  return makeTracker(options, { identity, more, modelName: '', providerName: '', traceId: undefined })
}

interface RunSource {
  readonly identity: RunIdentity
  /** Members of the run's token for other SDKs. */
  readonly more?: TokenMembers
  readonly modelName: string
  readonly providerName: string
  readonly traceId: string | undefined
}

function makeTracker(options: TrackerOptions, source: RunSource): Tracker {
  const { identity, more, modelName, providerName, traceId } = source
  const {
    sink,
    logger = consoleLogger,
    clock = systemClock,
    fromConfig = false,
  } = options ?? ({} as TrackerOptions)
  const problem = identityProblem(identity) ?? sinkProblem(sink)
  if (problem) throw new RuntapeError('invalid-option', `Cannot create a tracker: ${problem}.`)
  const { runId, configKey, variationKey, version } = identity
  const facts: RunFacts = {
    runId,
    configKey,
    variationKey,
    version,
    modelName,
    providerName,
    context: keptContext(options.context, options.keepContext ?? [], logger),
    attributes: keptFacts(options.attributes, logger),
    traceId,
  }
  const writer = new EventWriter(facts, sink, logger, clock)
  return new Tracker({ identity, more }, { writer, logger, clock, fromConfig }, currentFrame()?.replay)
}

function identityProblem({ runId, configKey, variationKey, version }: RunIdentity): string | undefined {
  if (typeof runId !== 'string' || runId === '') return 'runId must be a non-empty string'
  if (typeof configKey !== 'string')
    return 'configKey must be a string, such as createTracker({ sink, configKey: "support-answer" })'
  if (typeof variationKey !== 'string') return 'variationKey must be a string'
  return Number.isSafeInteger(version) ? undefined : 'version must be an integer'
}

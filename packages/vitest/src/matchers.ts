import type { MockedCall, MockReport, ReplayAttempt, ReplayItem } from '@runtape/replay'
import { encodeValue, fingerprint } from '@runtape/trace'
import { isUnder, withoutPaths } from './without-paths.ts'

export interface MatchRecordingOptions {
  /** Paths that may differ in the output: `token`, `items.*.id`, `**.createdAt`. */
  readonly ignore?: readonly string[]
  /** Items that cannot be compared also match. Default: false. */
  readonly allowUnknown?: boolean
}

export interface ServedMocksOptions {
  /** Allows drifted calls, which got an answer for a different input. Default: false. */
  readonly allowDrift?: boolean
  /** Allows unused recorded answers. Default: false. */
  readonly allowUnused?: boolean
  /** Allows answers to calls whose input could not be compared. Default: false. */
  readonly allowUnknownInput?: boolean
}

interface Outcome {
  readonly pass: boolean
  readonly message: () => string
  readonly actual?: unknown
  readonly expected?: unknown
}

/** The matchers, for your own `expect`: `expect.extend(replayMatchers)`. Importing this package registers them. */
export const replayMatchers = {
  /**
   * All attempts of the item ended as recorded: with an equal output or an equal error, and with every call answered. An item
   * that cannot be compared does not match.
   */
  toMatchRecording(item: ReplayItem, options: MatchRecordingOptions = {}): Outcome {
    const { ignore = [] } = options
    const attempts = item.attempts ?? [item]
    const differing = attempts.find(attempt => !endedAlike(item, attempt, options))
    const trace = `trace ${item.sourceTraceId}`
    if (!differing) return { pass: true, message: () => `${trace} ended as it was recorded` }
    const { error } = differing
    const { originalError } = item
    // For equal values vitest would say that they have no visual difference.
    const isShown = differing.outcome === 'changed' || error !== originalError
    const which = item.attempts ? ` in attempt ${attempts.indexOf(differing) + 1} of ${attempts.length}` : ''
    return {
      pass: false,
      message: () => `${trace} ${mismatch(item, differing, which)}`,
      ...(isShown && {
        actual: shown(differing.result, error, ignore),
        expected: shown(item.originalOutput, originalError, ignore),
      }),
    }
  },

  /** Every mocked call was answered for its recorded input, and no recorded answer is unused. */
  toHaveServedAllMocks(item: ReplayItem, options: ServedMocksOptions = {}): Outcome {
    const { allowDrift, allowUnused, allowUnknownInput } = options
    const calls = (list: keyof MockReport) => (item.attempts ?? [item]).flatMap(({ mocks }) => mocks[list])
    const unknown = calls('served').filter(call => call.unknownInput !== undefined)
    const problems = [
      ...list('missed: not on the tape', calls('missed')),
      ...(allowDrift ? [] : list('drifted: served, but with a different input', calls('drifted'))),
      ...(allowUnknownInput ? [] : list('served, but its input cannot be compared', unknown)),
      ...(allowUnused ? [] : list('unused: recorded, but not called', calls('unused'))),
    ]
    const trace = `trace ${item.sourceTraceId}`
    return {
      pass: problems.length === 0,
      message: () =>
        problems.length === 0
          ? `${trace} had all its ${calls('served').length} mocked calls served from the tape`
          : `${trace} was not served from the tape alone:\n${problems.join('\n')}`,
    }
  },
}

type Ending = Pick<ReplayAttempt, 'result' | 'error' | 'outcome' | 'reason' | 'unread'>

function mismatch({ originalError }: ReplayItem, { outcome, error, reason }: Ending, which: string): string {
  if (outcome === 'unknown')
    return `cannot be compared with its recording${which}: ${reason}. Register a codec for its class (registerCodec), exclude such paths with ignore, or pass allowUnknown: true.`
  if (outcome === 'failed' && error === null) return `failed${which}: ${reason}`
  if (outcome === 'changed' && reason !== undefined)
    return `ended differently than recorded${which}: ${reason}`
  if (error === null && originalError === null) return `returned a different output than recorded${which}`
  return `ended differently than recorded${which}: ${ended(error)}, recorded: ${ended(originalError)}`
}

function endedAlike(item: ReplayItem, attempt: Ending, options: MatchRecordingOptions): boolean {
  const { ignore = [], allowUnknown = false } = options
  if (attempt.outcome === 'same') return true
  if (attempt.outcome === 'failed') return false
  // It returned a different kind of result, such as a promise instead of a value: this is not a path of the output.
  if (attempt.outcome === 'changed' && attempt.reason !== undefined) return false
  if (attempt.outcome === 'unknown' && allowUnknown) return true
  if (ignore.length === 0 || attempt.error !== null || item.originalError !== null) return false
  const [now, then] = [attempt.result, item.originalOutput].map(value =>
    fingerprint(encodeValue(withoutPaths(value, ignore))),
  )
  const unread = (attempt.unread ?? []).filter(place => !isUnder(place, ignore))
  return now === then && (allowUnknown || unread.length === 0)
}

const ended = (error: string | null): string => (error === null ? 'with an output' : `with "${error}"`)

const shown = (output: unknown, error: string | null, ignore: readonly string[]): unknown =>
  error === null ? withoutPaths(output, ignore) : { threw: error }

function list(title: string, calls: MockReport[keyof MockReport]): string[] {
  return calls.length === 0 ? [] : [`  ${title}:`, ...calls.map(call => `    ${nameOf(call)}`)]
}

function nameOf({ key, name, unknownInput }: MockedCall): string {
  const call = key === name ? key : `${key} (${name})`
  return unknownInput === undefined ? call : `${call}: ${unknownInput}`
}

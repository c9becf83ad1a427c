import type { MockedCall, MockReport, ReplayItem } from '@runtape/replay'
import { decodeValue, encodeValue, fingerprint } from '@runtape/trace'
import { withoutPaths } from './without-paths.ts'

export interface MatchRecordingOptions {
  /** What may differ in the output: `$.token`, `$.items[*].id`. */
  readonly ignore?: readonly string[]
}

export interface ServedMocksOptions {
  /** Answers to calls with another input than the recorded one are fine. */
  readonly allowDrift?: boolean
  /** Recorded answers that were never asked for are fine. */
  readonly allowUnused?: boolean
}

interface Outcome {
  readonly pass: boolean
  readonly message: () => string
  readonly actual?: unknown
  readonly expected?: unknown
}

/** The matchers, for an `expect` of your own: `expect.extend(replayMatchers)`. Importing this package does it. */
export const replayMatchers = {
  /** The item ended as its recording did: with an equal output, or with an equal error. */
  toMatchRecording(item: ReplayItem, { ignore = [] }: MatchRecordingOptions = {}): Outcome {
    const { error, originalError, sourceTraceId } = item
    const trace = `trace ${sourceTraceId}`
    if (error !== null || originalError !== null) {
      return {
        pass: error === originalError,
        message: () =>
          `${trace} ended otherwise than it was recorded: ${ended(error)}, recorded: ${ended(originalError)}`,
        ...(error !== originalError && {
          actual: shown(item.result, error),
          expected: shown(item.originalOutput, originalError),
        }),
      }
    }
    const [now, then] = [item.result, item.originalOutput].map(value =>
      withoutPaths(encodeValue(value), ignore),
    )
    const pass = now !== undefined && then !== undefined && fingerprint(now) === fingerprint(then)
    return {
      pass,
      message: () =>
        pass ? `${trace} gave what was recorded` : `${trace} gave something else than was recorded`,
      actual: now && decodeValue(now),
      expected: then && decodeValue(then),
    }
  },

  /** Every call that was to be mocked was answered with the recorded input, and no recorded answer was left over. */
  toHaveServedAllMocks(item: ReplayItem, { allowDrift, allowUnused }: ServedMocksOptions = {}): Outcome {
    const { missed, drifted, unused, served } = item.mocks
    const problems = [
      ...list('not on the tape', missed),
      ...(allowDrift ? [] : list('asked for with another input', drifted)),
      ...(allowUnused ? [] : list('on the tape and never asked for', unused)),
    ]
    const trace = `trace ${item.sourceTraceId}`
    return {
      pass: problems.length === 0,
      message: () =>
        problems.length === 0
          ? `${trace} had all its ${served.length} mocked calls answered from the tape`
          : `${trace} was not answered from the tape alone:\n${problems.join('\n')}`,
    }
  },
}

const ended = (error: string | null): string => (error === null ? 'with an output' : `with "${error}"`)

const shown = (output: unknown, error: string | null): unknown => (error === null ? output : { threw: error })

function list(title: string, calls: MockReport[keyof MockReport]): string[] {
  return calls.length === 0 ? [] : [`  ${title}:`, ...calls.map(call => `    ${nameOf(call)}`)]
}

const nameOf = ({ key, name }: MockedCall): string => (key === name ? key : `${key} (${name})`)

import type { Payload } from '@runtape/core'
import type { ItemCall } from '@runtape/core/store'
import { type CaptureLimits, encodeValue } from '@runtape/trace'
import { differences } from '../compare/differences.ts'
import type { MockedCall, MockReport } from '../match/mock-report.ts'
import type { MockPolicy, MockStrategy } from '../match/policy.ts'
import type { ReplayItem } from '../report.ts'

/** The options that decide which calls run. */
export interface CallRules {
  /** Of the replayed function. */
  readonly key: string
  readonly mock: MockStrategy | MockPolicy
}

type Ended = Pick<ReplayItem, 'error' | 'mocks' | 'ran'>

/** The calls of an item, each with the reason for what happened to it. */
export function itemCalls({ error, mocks, ran = {} }: Ended, { key: own, mock }: CallRules): ItemCall[] {
  const { served, drifted, missed, overridden, unused } = mocks
  return [
    ...served.map(call => callOf('served', call, servedBy(call))),
    ...drifted.map(call => ({
      ...callOf('drifted', call, driftOf(call)),
      ...(call.reason !== undefined && { cause: call.reason }),
    })),
    ...missed.map(call => callOf('missed', call, call.reason ?? 'nothing answers it')),
    ...overridden.map(call => callOf('overridden', call, 'an override answers it')),
    ...unused.map(call =>
      error === null
        ? callOf('unused', call, 'the code did not make it')
        : callOf('not-reached', call, `the replay had ended: ${error}`),
    ),
    ...Object.entries(ran).map(([key, count]) => {
      const isMiss = missed.some(call => call.key === key && call.ran)
      const rule = key === own && count === 1 ? 'it is the replayed call' : ruleOf(mock)
      return { kind: 'ran' as const, key, name: key, count, reason: isMiss ? ranAfterMiss : rule }
    }),
  ]
}

/** The mock report and the calls that ran, as they were before `itemCalls`. */
export function callsOfItem(
  calls: readonly ItemCall[],
  decode: (payload: Payload) => unknown,
): Pick<Ended, 'mocks' | 'ran'> {
  const of = (...kinds: readonly ItemCall['kind'][]) => calls.filter(({ kind }) => kinds.includes(kind))
  const shown = (call: ItemCall) => mockedCall(call, decode)
  const mocks: MockReport = {
    served: of('served').map(shown),
    drifted: of('drifted').map(shown),
    missed: of('missed').map(shown),
    overridden: of('overridden').map(shown),
    unused: of('unused', 'not-reached').map(shown),
  }
  const ran = of('ran').map(({ key, count = 1 }) => [key, count] as const)
  return { mocks, ...(ran.length > 0 && { ran: Object.fromEntries(ran) }) }
}

function callOf(kind: ItemCall['kind'], call: MockedCall, reason: string): ItemCall {
  const { reason: _, recordedInput, input, ...facts } = call
  return {
    kind,
    ...facts,
    reason,
    ...(recordedInput && { recordedInput: encodeValue(recordedInput, itemLimits) }),
    ...(input && { input: encodeValue(input, itemLimits) }),
  }
}

function mockedCall(call: ItemCall, decode: (payload: Payload) => unknown): MockedCall {
  const { kind, reason, cause, count: _, recordedInput, input, ...facts } = call
  const why = kind === 'missed' ? reason : cause
  return {
    ...facts,
    ...(why !== undefined && { reason: why }),
    ...(recordedInput && { recordedInput: decode(recordedInput) as readonly unknown[] }),
    ...(input && { input: decode(input) as readonly unknown[] }),
  }
}

const servedBy = ({ unknownInput }: MockedCall): string =>
  unknownInput === undefined ? 'the same input' : `its input cannot be compared: ${unknownInput}`

const mostPlaces = 3

/** Which part of the input differs. */
function driftOf({ recordedInput, input }: MockedCall): string {
  if (!recordedInput || !input) return 'another input'
  const places = differences(recordedInput, input).differences.map(({ path }) => path || 'the whole input')
  const hidden = places.length - mostPlaces
  const more = hidden > 0 ? ` and ${hidden} more` : ''
  return places.length === 0
    ? 'another input'
    : `its input differs at ${places.slice(0, mostPlaces).join(', ')}${more}`
}

const ranAfterMiss = "the tape does not answer each of them, and onMiss: 'run' lets them run"

/** The rule that let a call run. */
function ruleOf(mock: MockStrategy | MockPolicy): string {
  if (mock === 'none') return "mock: 'none' answers no call"
  if (mock === 'marked') return "mock: 'marked' answers only calls declared mockOnReplay"
  if (mock === 'model') return "mock: 'model' answers only calls of type model"
  return mock === 'all'
    ? "mock: 'all' answers all calls but the replayed one"
    : 'the policy function let it run'
}

/** Without limits: what the tape holds was redacted when it was recorded. */
export const itemLimits: CaptureLimits = {
  maxPayloadBytes: Number.POSITIVE_INFINITY,
  maxDepth: 500,
  maxLength: Number.POSITIVE_INFINITY,
  isSecret: () => false,
  redactsValues: false,
}

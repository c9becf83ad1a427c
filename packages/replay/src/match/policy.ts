import { RuntapeError } from '@runtape/core'
import type { CallInReplay } from './call-view.ts'

/**
 * Which children are answered from the tape: none of them, all of them, those declared with `mockOnReplay`, or those of
 * type `model`.
 */
export type MockStrategy = 'none' | 'all' | 'marked' | 'model'

/** What becomes of a call: it runs as real code, is answered from the tape, or fails. */
export type CallPolicy = 'live' | 'recorded' | 'error'

/** Decides about each call by itself. It is asked about recorded calls too, to say which of them were not used. */
export type MockPolicy = (call: CallInReplay) => CallPolicy

const strategies: Record<MockStrategy, MockPolicy> = {
  none: () => 'live',
  all: () => 'recorded',
  marked: ({ mockOnReplay }) => (mockOnReplay ? 'recorded' : 'live'),
  model: ({ type }) => (type === 'model' ? 'recorded' : 'live'),
}

export const isMockStrategy = (mock: unknown): mock is MockStrategy =>
  typeof mock === 'string' && Object.hasOwn(strategies, mock)

/** Asks the strategy, or the function of the application, which may throw. */
export function policyOf(mock: MockStrategy | MockPolicy): MockPolicy {
  if (typeof mock !== 'function') return strategies[mock]
  return call => {
    const policy: unknown = mock(call)
    if (policy === 'live' || policy === 'recorded' || policy === 'error') return policy
    throw new RuntapeError(
      'invalid-option',
      `The mock function returned ${String(policy)} for '${call.key}'. It must return 'live', 'recorded' or 'error'.`,
    )
  }
}

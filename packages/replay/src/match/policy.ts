import { RuntapeError } from '@runtape/core'
import type { CallInReplay } from './call-view.ts'

/** Which children are answered from the tape: none, all, those declared with `mockOnReplay`, or those of type `model`. */
export type MockStrategy = 'none' | 'all' | 'marked' | 'model'

/** How a call is treated: it runs for real, is answered from the tape, or fails. */
export type CallPolicy = 'live' | 'recorded' | 'error'

/** Decides for each call separately. It is also called for recorded calls, to find the unused ones. */
export type MockPolicy = (call: CallInReplay) => CallPolicy

const strategies: Record<MockStrategy, MockPolicy> = {
  none: () => 'live',
  all: () => 'recorded',
  marked: ({ mockOnReplay }) => (mockOnReplay ? 'recorded' : 'live'),
  model: ({ type }) => (type === 'model' ? 'recorded' : 'live'),
}

export const isMockStrategy = (mock: unknown): mock is MockStrategy =>
  typeof mock === 'string' && Object.hasOwn(strategies, mock)

/** Applies the strategy, or the application's function, which may throw. */
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

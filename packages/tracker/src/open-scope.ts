import {
  currentFrame,
  isIteration,
  type OutcomeValue,
  runFrame,
  runInFrame,
  summarizeError,
  tapIteration,
} from '@runtape/core'
import type { Clock } from './clock.ts'
import { RunScope, type ScopeHooks } from './run-scope.ts'

/** How `tracker.run` runs a function in its scope, and what it tells the scope about it. */
export interface OpenScope {
  inside<R>(step: () => R): R
  settled(value: unknown): void
  failed(error: unknown): void
}

// Apart from `tracker.run` so that nothing in here knows the function it was given, which may know the stream that
// it made: who is held on to by its own scope is never found abandoned.
export function openScope(runId: string, owner: object, clock: Clock, hooks: ScopeHooks): OpenScope {
  const scope = new RunScope(runId, owner, clock, hooks)
  const frame = runFrame(currentFrame(), scope)
  const inside = <R>(step: () => R): R => runInFrame(frame, step)
  const settle = (outcome: OutcomeValue | undefined, at = clock.monotonic()) => scope.settle(at, outcome)
  const failed = (error: unknown) => settle({ status: 'error', error: summarizeError(error) })
  let lastStep = clock.monotonic()
  const observer = {
    step: inside,
    chunk: () => {
      lastStep = clock.monotonic()
    },
    end: (how: { readonly status: string; readonly error?: unknown }) => {
      if (how.status === 'error') failed(how.error)
      else if (how.status === 'abandoned') settle(undefined, lastStep)
      else settle({ status: 'success' })
    },
  }
  const settled = (value: unknown) => {
    if (isIteration(value) && isStepped(value)) tapIteration(value, observer)
    else settle({ status: 'success' })
  }
  return { inside, settled, failed }
}

/** True when the code that asks is inside a scope of `owner` that is not over. */
export function isInScopeOf(owner: object): boolean {
  const run = currentFrame()?.run
  return run instanceof RunScope && run.owner === owner && !run.isOver
}

// Generators run their code while they are read, so a scope that makes one lasts until it was.
const isStepped = (value: object): boolean => 'next' in value

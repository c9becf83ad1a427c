import { AsyncLocalStorage } from 'node:async_hooks'
import type { OutsideRule } from '@runtape/replay'
import { tellChildren } from '@runtape/replay/outside'
import * as vitest from 'vitest'

/** The parts of a test that are used here. */
interface Task {
  readonly result?: { readonly state?: string }
}

const running = new AsyncLocalStorage<Task>()

// Set before the application loads, if this package is imported first: pools may start then.
const told = tellChildren('refuse', false)

/** Distinguishes the calls of each test in the surrounding suite from those of concurrent tests. */
export function tellTestsApart(): void {
  vitest.aroundEach?.((runTest, { task }) => running.run(task, runTest))
}

/**
 * Runs a replay that owns its test file: while it runs, calls that no other test made belong to the replay. Worker threads and
 * child processes started after this package was loaded are informed, too.
 */
export async function inOwnFile<T>(
  mode: 'refuse' | 'allow',
  task: Task,
  run: (outside: OutsideRule) => Promise<T>,
): Promise<T> {
  const concerns = () => {
    const maker = running.getStore()
    return maker === undefined || maker === task || maker.result?.state !== 'run'
  }
  const rule: OutsideRule = { mode, concerns, ...(mode === 'refuse' && { elsewhere: told.calls }) }
  if (mode === 'refuse') told.begin()
  try {
    return await running.run(task, () => run(rule))
  } finally {
    if (mode === 'refuse') told.end()
  }
}

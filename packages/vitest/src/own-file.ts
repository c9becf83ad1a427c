import { AsyncLocalStorage } from 'node:async_hooks'
import type { OutsideRule } from '@runtape/replay'
import { tellChildren } from '@runtape/replay/outside'
import * as vitest from 'vitest'

/** The parts of a test that are read here. */
interface Task {
  readonly result?: { readonly state?: string }
}

const running = new AsyncLocalStorage<Task>()

// Before the application is loaded, where this package is imported first: pools are made then.
const told = tellChildren('refuse', false)

/** Lets the calls of each test in the surrounding suite be told from those of others that run at the same time. */
export function tellTestsApart(): void {
  vitest.aroundEach?.((runTest, { task }) => running.run(task, runTest))
}

/**
 * Runs a replay that owns its test file: while it runs, calls that no other test made are the replay's. Worker threads
 * and child processes that were started after this package was loaded are told, too.
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

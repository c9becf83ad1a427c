import { isDeepStrictEqual } from 'node:util'
import { createRecorder } from '@runtape/recorder'
import { memoryStore } from '@runtape/testing'
import { createTracer } from '@runtape/trace'
import { replay } from '../src/replay.ts'
import { type Program, runProgram } from './random-program.ts'

/** Records the program, replays it unchanged, and says in what the replay differs from the recording. */
export async function lawProblems(program: Program, mock: 'all' | 'marked'): Promise<unknown[]> {
  const store = memoryStore()
  const recorder = createRecorder({ store, logger: { warn: () => {} } })
  const { root, ran, losers } = runProgram(program, createTracer({ sink: recorder }))
  const recorded = await settle(root)
  await losers()
  await recorder.close()
  ran.length = 0
  const { items, summary } = await replay(root, { store, mock })
  await losers()
  const [item] = items
  const ended =
    'error' in recorded
      ? isDeepStrictEqual(item?.thrown, recorded.error)
      : isDeepStrictEqual(item?.result, recorded.result) && item?.error === null
  const forbidden = mock === 'all' ? ran : ran.filter(name => name.startsWith('marked'))
  const problems: unknown[] = []
  if (!ended) problems.push({ recorded, now: item?.result, thrown: item?.thrown })
  if (summary.same !== 1) problems.push({ same: summary.same })
  if (summary.drifted + summary.missed + summary.unused > 0) problems.push(item?.mocks)
  if (forbidden.length > 0) problems.push({ ran: forbidden })
  return problems
}

async function settle(run: () => Promise<unknown>): Promise<{ result: unknown } | { error: unknown }> {
  try {
    return { result: await run() }
  } catch (error) {
    return { error }
  }
}

import { realpathSync } from 'node:fs'
import { messageOf } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { argsOf } from '../../arguments/parse-args.ts'
import { type CodeIdentity, codeIdentity, isSameCode, shownCode } from '../../code/code-identity.ts'
import { moduleGraph, stampOf } from '../../code/module-graph.ts'
import { command as replayCommand } from '../../commands/replay/replay.ts'
import { type FoundBeside, type IsolatedItems, isolateItems } from '../../isolation/isolate-items.ts'
import { shareProcess } from '../../isolation/share-process.ts'
import type { Target } from '../../loading/export-target.ts'
import { version } from '../../process/version.ts'
import { type Order, pathsOf, wordsOf } from '../order.ts'

/** The worker's code for an order: its processes, or why it does not serve the order. */
export type OrderedCode = OpenCode | { readonly refusal: string; readonly code?: CodeIdentity }

/** Code that replays items. */
export interface OpenCode {
  readonly code: CodeIdentity
  readonly items: IsolatedItems
  /** Whether a file of it was written since the last call. */
  hasChanged(): boolean
}

interface Place {
  readonly target: Target
  readonly store: Store
  readonly found: FoundBeside
}

/** Starts processes with the ordered options, if the worker has the ordered code. */
export async function openCode(order: Order, { target, store, found }: Place): Promise<OrderedCode> {
  const own = await codeFor(order, target)
  if ('refusal' in own) return own
  const words = wordsOf(target, order)
  try {
    argsOf(replayCommand, words)
  } catch (error) {
    return { code: own.code, refusal: `it cannot follow the options: ${messageOf(error)}` }
  }
  const env = Object.fromEntries(Object.entries(order.env).map(([name, value]) => [name, value ?? undefined]))
  const items = (order.isolate ? isolateItems : shareProcess)(store, found, { words, env })
  const { problem, key } = await items.ready()
  // Only now, because the files may have been written while they were loaded.
  const after = await codeFor(order, target)
  const refusal = problem === undefined ? refusalOf(key, order) : `it cannot load the code: ${problem}`
  const refused = 'refusal' in after ? after : refusal === undefined ? undefined : { ...own, refusal }
  if (!refused) return { code: own.code, items, hasChanged: watchFiles(pathsOf(target, order.flags)) }
  items.over()
  return refused
}

function watchFiles(paths: readonly string[]): () => boolean {
  const graph = moduleGraph(paths.map(path => realpathSync(path)))
  let stamp = stampOf(graph)
  return () => {
    const former = stamp
    stamp = stampOf(graph)
    return stamp !== former
  }
}

const refusalOf = (key: string | undefined, order: Order): string | undefined =>
  key === order.key ? undefined : `its function has the key '${key}', and '${order.key}' is wanted`

/** The code that the worker has now, or why it differs. */
export async function codeFor(
  order: Order,
  target: Target,
): Promise<{ readonly code: CodeIdentity } | { readonly refusal: string; readonly code?: CodeIdentity }> {
  if (order.version !== version())
    return { refusal: `it is runtape ${version()}, and ${order.version} is wanted` }
  try {
    const code = await codeIdentity(pathsOf(target, order.flags))
    if (isSameCode(code, order.code)) return { code }
    return { code, refusal: `it has ${shownCode(code)}, and ${shownCode(order.code)} is wanted` }
  } catch (error) {
    return { refusal: `it lacks a module: ${messageOf(error)}` }
  }
}

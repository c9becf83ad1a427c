import { type ActiveReplay, currentFrame, realTimers } from '@runtape/core/internal'
import type { ItemTimers } from './item-timers.ts'
import type { ItemWork } from './item-work.ts'
import { patchClock } from './patch-clock.ts'
import { patchWork } from './patch-work.ts'
import { delayIn, intervalIn } from './promised-timers.ts'
import { replaceAll } from './replace.ts'
import { watchRequests } from './watch-requests.ts'

type Args = [fn: unknown, ms?: number, ...args: unknown[]]

/** What an item's code waits for: created when it first sets one, or reads the clock. */
interface ItemWaits {
  timers(): ItemTimers | undefined
  work(): ItemWork | undefined
}

const items = new WeakMap<ActiveReplay, ItemWaits>()

/** Registers what the code of a replay waits for. */
export function putTimers(replay: ActiveReplay, waits: ItemWaits): void {
  items.set(replay, waits)
}

/** The timers of the item whose code is running. */
function itemTimers(): ItemTimers | undefined {
  const replay = currentFrame()?.replay
  return replay && items.get(replay)?.timers()
}

function itemWork(): ItemWork | undefined {
  const replay = currentFrame()?.replay
  return replay && items.get(replay)?.work()
}

let holders = 0
let undo = () => {}

/**
 * Makes timers set by replayed code, and its clock reads, follow the recorded time of its item. Other code keeps the original
 * timers. Returns the undo function.
 */
export function patchTimers(): () => void {
  if (holders++ === 0) undo = patchAll()
  let isOver = false
  return () => {
    if (isOver) return
    isOver = true
    if (--holders === 0) undo()
  }
}

// So that `import { setTimeout } from 'node:timers'` also sees it.
const syncImports = () => process.getBuiltinModule('node:module').syncBuiltinESMExports()

function patchAll(): () => void {
  const undos = [
    ...patchNodeTimers(),
    ...patchPromised(),
    patchAbortSignal(),
    ...patchClock(itemTimers),
    ...patchWork(itemWork),
  ]
  const unwatch = watchRequests(itemTimers)
  syncImports()
  return () => {
    unwatch()
    for (const each of undos.reverse()) each()
    syncImports()
  }
}

function patchNodeTimers(): (() => void)[] {
  const timers = process.getBuiltinModule('node:timers')
  const targets = [globalThis, timers]
  const set = (name: 'setTimeout' | 'setInterval') => {
    const before = globalThis[name]
    const patched = function (this: unknown, ...args: Args) {
      const [fn, ms, ...rest] = args
      const item = typeof fn === 'function' ? ownItem(name) : undefined
      return item
        ? item.set(realTimers[name] as typeof realTimers.setTimeout, fn as () => void, ms, rest)
        : (before as (...args: Args) => unknown).apply(this, args)
    }
    return replaceAll(targets, name, likeOriginal(patched as unknown as typeof before, before) as never)
  }
  return [...set('setTimeout'), ...set('setInterval')]
}

/** Including its `util.promisify` form, which is looked up on use. */
function likeOriginal<F extends object>(patched: F, original: object): F {
  const { custom } = process.getBuiltinModule('node:util').promisify
  for (const key of Reflect.ownKeys(original)) {
    const property = Object.getOwnPropertyDescriptor(original, key)
    if (property && key !== custom) Object.defineProperty(patched, key, property)
  }
  if (custom in original)
    Object.defineProperty(patched, custom, {
      get: () => process.getBuiltinModule('node:timers/promises').setTimeout,
      configurable: true,
    })
  return patched
}

function patchPromised(): (() => void)[] {
  const promised = process.getBuiltinModule('node:timers/promises')
  const { setTimeout: delay, setInterval: every, scheduler } = promised
  const { wait } = scheduler
  // Bun's has no class.
  const Scheduler = Object.hasOwn(scheduler, 'wait')
    ? scheduler
    : (Object.getPrototypeOf(scheduler) as typeof scheduler)
  return [
    ...replaceAll([promised], 'setTimeout', ((...args: Parameters<typeof delay>) =>
      ownItem('setTimeout') ? delayIn(delay, ...args) : delay(...args)) as typeof delay),
    ...replaceAll([promised], 'setInterval', ((...args: Parameters<typeof every>) =>
      ownItem('setInterval') ? intervalIn(every, ...args) : every(...args)) as typeof every),
    ...replaceAll([Scheduler], 'wait', function (this: typeof scheduler, ms, options) {
      return ownItem('wait') ? delayIn(delay, ms, undefined, options) : wait.call(this, ms, options)
    }),
  ]
}

function patchAbortSignal(): () => void {
  const { timeout } = AbortSignal
  const [undoIt = () => {}] = replaceAll([AbortSignal], 'timeout', function (this: typeof AbortSignal, ms) {
    if (!Number.isInteger(ms) || ms < 0 || !ownItem('timeout')) return timeout.call(this, ms)
    const controller = new AbortController()
    const late = () =>
      controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
    setTimeout(late, ms).unref()
    return controller.signal
  })
  return undoIt
}

// Node's own code, such as its `fetch`, times connections that others may share.
const isForeign = (script: string) => script.startsWith('node:') || script.includes('/node_modules/undici/')

/** The timers of the running item, if its code made the call. */
function ownItem(_name: string): ItemTimers | undefined {
  const item = itemTimers()
  if (!item) return undefined
  const { getCallSites } = process.getBuiltinModule('node:util')
  const caller = getCallSites(3)[2]?.scriptName ?? ''
  return isForeign(caller) ? undefined : item
}

import { syncBuiltinESMExports } from 'node:module'
import { currentFrame, replaceProperty } from '@runtape/core/internal'

/** Asked, in the async context of the code, before something ends the process. */
export interface ProcessEnds {
  /** An error that nothing caught: whether it is taken care of. */
  threw(cause: unknown, isRejection: boolean): boolean
  /** A rejection that nothing handled: whether it is taken care of. */
  rejected(cause: unknown): boolean
  /** Code ends the process, such as `process.exit(1)`: the error to throw in its place, if it must not. */
  ends(what: string): Error | undefined
}

/**
 * Asks `ends` from now on, until the returned function is called. Node announces errors by `process.emit`: answered
 * there, no listener of the application hears of them, and what is not taken care of has its usual consequences.
 */
export function patchProcess(asked: ProcessEnds): () => void {
  const thrown = new WeakSet<Error>()
  const ends: ProcessEnds = {
    ...asked,
    ends: what => {
      const error = asked.ends(what)
      if (error) thrown.add(error)
      return error
    },
  }
  const restores = [
    patchEmit(ends, thrown),
    patchExit(ends),
    patchReallyExit(ends),
    patchAbort(ends),
    patchKill(ends),
    patchMicrotasks(ends),
  ]
  // For code that imports `exit` of `node:process`.
  syncBuiltinESMExports()
  return () => {
    for (const restore of restores) restore()
    syncBuiltinESMExports()
  }
}

type Emit = (this: unknown, name: string | symbol, ...args: unknown[]) => boolean

/** @param thrown what was thrown in place of an end of the process */
function patchEmit({ threw, rejected }: ProcessEnds, thrown: WeakSet<Error>) {
  const original = process.emit as Emit
  const guarded: Emit = function (name, ...args) {
    const isThrown = name === 'uncaughtException'
    if (isThrown && threw(args[0], args[1] === 'unhandledRejection')) return true
    const isRejection = name === 'unhandledRejection'
    if (isRejection && rejected(args[0])) return true
    try {
      return Reflect.apply(original, this, [name, ...args])
    } catch (error) {
      // A listener that ends the process, as loggers do: its own error would end it all the same.
      if ((isThrown || isRejection) && error instanceof Error && thrown.has(error)) return true
      throw error
    }
  }
  return replaceProperty(process, 'emit', guarded as typeof process.emit)
}

function patchExit({ ends }: ProcessEnds) {
  const { exit } = process
  return replaceProperty(process, 'exit', code => {
    const error = ends(`called process.exit(${code ?? ''})`)
    if (error) throw error
    return exit.call(process, code)
  })
}

type ReallyExit = (code?: number) => never

// What is under process.exit: whoever owns the process ends it by that one, so only the code of an item is kept from it.
function patchReallyExit({ ends }: ProcessEnds) {
  const owner = process as unknown as { reallyExit: ReallyExit }
  const { reallyExit } = owner
  return replaceProperty(owner, 'reallyExit', code => {
    const error = currentFrame()?.replay ? ends(`called process.reallyExit(${code ?? ''})`) : undefined
    if (error) throw error
    return reallyExit.call(process, code)
  })
}

function patchAbort({ ends }: ProcessEnds) {
  const { abort } = process
  return replaceProperty(process, 'abort', () => {
    const error = ends('called process.abort()')
    if (error) throw error
    return abort.call(process)
  })
}

function patchKill({ ends }: ProcessEnds) {
  const { kill } = process
  return replaceProperty(process, 'kill', (pid, signal) => {
    const isSelf = (pid === process.pid || pid === 0) && signal !== 0
    // Outside of an item a signal is how a program asks itself to end in order.
    const error =
      isSelf && currentFrame()?.replay
        ? ends(`sent ${String(signal ?? 'SIGTERM')} to its own process`)
        : undefined
    if (error) throw error
    return kill.call(process, pid, signal)
  })
}

// Before Node 24 an error in a microtask has lost its async context when the process hears of it.
function patchMicrotasks({ threw }: ProcessEnds) {
  if (Number.parseInt(process.versions.node, 10) >= 24) return () => {}
  const { queueMicrotask } = globalThis
  return replaceProperty(globalThis, 'queueMicrotask', callback => {
    if (typeof callback !== 'function' || !currentFrame()?.replay) return queueMicrotask(callback)
    queueMicrotask(() => {
      try {
        callback()
      } catch (error) {
        if (!threw(error, false)) throw error
      }
    })
  })
}

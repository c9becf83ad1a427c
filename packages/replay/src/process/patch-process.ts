import { syncBuiltinESMExports } from 'node:module'
import { currentFrame, replaceProperty } from '@runtape/core/internal'

/** Called in the async context of the code before something ends the process. */
export interface ProcessEnds {
  /** An uncaught error: returns whether it was handled. */
  threw(cause: unknown, isRejection: boolean): boolean
  /** An unhandled rejection: returns whether it was handled. */
  rejected(cause: unknown): boolean
  /** Code ends the process, for example with `process.exit(1)`: returns the error to throw instead, if it must not. */
  ends(what: string): Error | undefined
}

/**
 * Calls `ends` from now on, until the returned function is called. Node announces errors with `process.emit`: when handled there,
 * listeners of the application do not see them, and unhandled ones have their usual consequences.
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
  // For code that imports `exit` from `node:process`.
  syncBuiltinESMExports()
  return () => {
    for (const restore of restores) restore()
    syncBuiltinESMExports()
  }
}

type Emit = (this: unknown, name: string | symbol, ...args: unknown[]) => boolean

/** @param thrown the error thrown instead of ending the process */
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
      // Some listeners end the process, as loggers do: the error thrown by ours would still end it.
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

// The function under process.exit. The owner of the process ends it with this one, so it is only refused to an item's code.
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
    // Outside an item a program uses a signal to end itself in order.
    const error =
      isSelf && currentFrame()?.replay
        ? ends(`sent ${String(signal ?? 'SIGTERM')} to its own process`)
        : undefined
    if (error) throw error
    return kill.call(process, pid, signal)
  })
}

// Before Node 24 an error in a microtask has lost its async context when the process sees it.
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

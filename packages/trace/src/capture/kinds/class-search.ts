import type * as Inspector from 'node:inspector'
import { RuntapeError } from '@runtape/core'

// A search scans all memory. Searches for the same name are spaced by ten times the duration of the last one.
const patience = 10

const notBefore = new Map<string, number>()
const group = 'runtape'
const found = Symbol('runtape.found')

/**
 * Prototypes of the loaded error classes with this name, thrown or not. Only replays search, and only for classes not seen
 * before. Empty if the runtime has no inspector.
 */
export function findErrorPrototypes(name: string): object[] {
  const started = performance.now()
  if (started < (notBefore.get(name) ?? 0)) return []
  try {
    return search().filter(prototype => isOfClass(prototype, name))
  } catch {
    return []
  } finally {
    const now = performance.now()
    notBefore.set(name, now + (now - started) * patience)
  }
}

function search(): object[] {
  const { Session } = process.getBuiltinModule('node:inspector') as typeof Inspector
  const session = new Session()
  session.connect()
  const holder = globalThis as { [found]?: object[] | undefined }
  Object.defineProperty(globalThis, found, { value: undefined, writable: true, configurable: true })
  try {
    const error = ask(session, 'Runtime.evaluate', { expression: 'Error.prototype', objectGroup: group })
    const prototype = { prototypeObjectId: idOf(error, 'result'), objectGroup: group }
    const objects = ask(session, 'Runtime.queryObjects', prototype)
    handOver(session, idOf(objects, 'objects'))
    return holder[found] ?? []
  } finally {
    delete holder[found]
    session.post('Runtime.releaseObjectGroup', { objectGroup: group })
    session.disconnect()
  }
}

// The objects leave the inspector through a temporary property of the global object.
function handOver(session: Inspector.Session, objectId: string): void {
  const functionDeclaration = `function () {
    const slot = Object.getOwnPropertySymbols(globalThis).find(symbol => symbol.description === 'runtape.found')
    globalThis[slot] = this.filter(object => Object.hasOwn(object, 'constructor'))
  }`
  ask(session, 'Runtime.callFunctionOn', { objectId, functionDeclaration, silent: true })
}

type Reply = Readonly<Record<string, unknown>>

/** In the same thread, so the reply is available when the call returns. */
function ask(session: Inspector.Session, method: string, params: object): Reply {
  let reply: Reply | undefined
  session.post(method, params, (_error, result) => {
    reply = result as Reply | undefined
  })
  if (reply === undefined) throw new RuntapeError('not-replayable', 'the inspector did not reply')
  return reply
}

const idOf = (reply: Reply, name: string): string => (reply[name] as { objectId: string }).objectId

function isOfClass(prototype: object, name: string): boolean {
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  return typeof made === 'function' && made.name === name && made.prototype === prototype
}

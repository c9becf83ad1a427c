import { realTimers } from '@runtape/core/internal'
import type { ItemWork } from './item-work.ts'
import { replaceAll } from './replace.ts'

type Item = () => ItemWork | undefined
type Callback = (...args: unknown[]) => void

/** Makes immediates, `crypto.subtle` jobs and file reads of replayed code count as work of its item. */
export function patchWork(item: Item): (() => void)[] {
  return [...patchImmediates(item), ...patchSubtle(item), ...patchReads(item)]
}

function patchImmediates(item: Item): (() => void)[] {
  const timers = process.getBuiltinModule('node:timers')
  const promised = process.getBuiltinModule('node:timers/promises')
  const { setImmediate: before } = globalThis
  const { setImmediate: promisedBefore } = promised
  const patched = (fn: Callback, ...args: unknown[]) => {
    const work = typeof fn === 'function' ? item() : undefined
    return work ? work.setImmediate(realTimers.setImmediate, fn, args) : before(fn, ...args)
  }
  for (const key of Reflect.ownKeys(before)) {
    const property = Object.getOwnPropertyDescriptor(before, key)
    if (property) Object.defineProperty(patched, key, property)
  }
  const later = ((...args: Parameters<typeof promisedBefore>) => {
    const turn = promisedBefore(...args)
    return item()?.addTurn(turn) ?? turn
  }) as typeof promisedBefore
  return [
    ...replaceAll([globalThis, timers], 'setImmediate', patched as typeof before),
    ...replaceAll([promised], 'setImmediate', later),
  ]
}

function patchSubtle(item: Item): (() => void)[] {
  const methods = Object.getPrototypeOf(globalThis.crypto.subtle) as Record<string, unknown>
  return Object.getOwnPropertyNames(methods).flatMap(name => {
    const { value: method } = Object.getOwnPropertyDescriptor(methods, name) ?? {}
    if (typeof method !== 'function' || name === 'constructor') return []
    const patched = function (this: unknown, ...args: unknown[]) {
      const job: unknown = Reflect.apply(method as Callback, this, args)
      return job instanceof Promise ? (item()?.add(job) ?? job) : job
    }
    Object.defineProperty(patched, 'name', { value: name })
    Object.defineProperty(patched, 'length', { value: (method as Callback).length })
    return replaceAll([methods], name, patched)
  })
}

// From Node 26 on, reading a whole file is not a request that the process lists.
function patchReads(item: Item): (() => void)[] {
  const fs = process.getBuiltinModule('node:fs')
  const { readFile, promises } = fs
  const { readFile: promisedRead } = promises
  const later = ((...args: Parameters<typeof promisedRead>) => {
    const reading = promisedRead(...args)
    return item()?.add(reading) ?? reading
  }) as typeof promisedRead
  const patched = ((...args: unknown[]): void => {
    const work = item()
    const callback = args.at(-1)
    if (!work || typeof callback !== 'function') return Reflect.apply(readFile, fs, args)
    const { promise, resolve } = Promise.withResolvers<void>()
    const called = function (this: unknown, ...results: unknown[]) {
      resolve()
      return Reflect.apply(callback, this, results)
    }
    Reflect.apply(readFile, fs, [...args.slice(0, -1), called])
    void work.add(promise)
  }) as typeof readFile
  return [...replaceAll([fs], 'readFile', patched), ...replaceAll([promises], 'readFile', later)]
}

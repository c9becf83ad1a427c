import { types } from 'node:util'
import { mayHoldSecret } from '../redaction/secret-texts.ts'
import { mayBeJson } from './json-text.ts'

/** The name of a function or class, even if its `name` was changed. */
export function nameOf(fn: unknown): string {
  try {
    const { name } = fn as { name?: unknown }
    return typeof name === 'string' && name !== '' ? name : '(anonymous)'
  } catch {
    return '(anonymous)'
  }
}

// `Object.prototype` of another realm: of a vm context, or a test runner's.
export const isPlainElsewhere = (prototype: object): boolean =>
  Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')

/** Whether a loop over an object with this prototype sees inherited names. */
export function hasNames(prototype: object): boolean {
  for (const _name in prototype) return true
  return false
}

/** Whether an object without enumerable names has others, or is a proxy, which may have names that it does not list. */
export const isHiding = (value: object): boolean =>
  types.isProxy(value) || Object.getOwnPropertyNames(value).length > 0

/** Sets an own property with any name: assigning `__proto__` would change the prototype. */
export function setField(target: object, key: PropertyKey, value: unknown): void {
  if (key !== '__proto__') (target as Record<PropertyKey, unknown>)[key] = value
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
}

/** The captured name of a property with a `Symbol.for` key. */
export const fieldOfSymbol = (name: string): string => `Symbol.for(${name})`

export const symbolOfField = (field: string): symbol => Symbol.for(field.slice('Symbol.for('.length, -1))

/** Approximate size of a primitive value, in bytes of JSON; -1 for everything else. */
export function bytesOfLeaf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return mayBeJson(value) || mayHoldSecret(value) ? -1 : value.length
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? 1 : -1
    case 'boolean':
      return 1
    default:
      return value === null ? 1 : -1
  }
}

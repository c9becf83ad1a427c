import { types } from 'node:util'
import { redactSecrets } from '../capture/json-text.ts'
import { codecFor } from '../capture/kinds/codecs.ts'
import type { CaptureLimits } from '../capture/limits.ts'
import { isNamedSecret, isValueName } from '../redaction/secret-pairs.ts'

/** The comparable parts of the `this` of a call: `{ 'its class': 'Account', id: 'A', 'options.region': 'eu' }`. */
export type ReceiverFields = Readonly<Record<string, string | number | boolean>>

const mostFields = 64
const longestText = 256
const deepest = 2

/**
 * Distinguishes the `this` of a call from others: its class, and its own short strings, numbers and booleans, including those of
 * plain objects inside. For a class, as in static methods, this is its name. Getters are not run. Timestamps, secrets and fields
 * that were seen to change are excluded, because they differ without a code change.
 */
export function receiverFields(self: unknown, limits: CaptureLimits): ReceiverFields | undefined {
  if (typeof self === 'function') return classField(self)
  if (typeof self !== 'object' || self === null || self === globalThis) return undefined
  if (types.isProxy(self) || types.isModuleNamespaceObject(self)) return undefined
  // A hook selects parts of inputs by path, and `this` has no path.
  if (limits.keepsInput === false || limits.redact) return undefined
  try {
    const fields = new Map<string, string | number | boolean>(Object.entries(classOf(self) ?? {}))
    read(encoded(self), '', { fields, limits, depth: 0 })
    return fields.size === 0 ? undefined : Object.fromEntries(fields)
  } catch {
    return undefined
  }
}

function classOf(self: object): ReceiverFields | undefined {
  const prototype: unknown = Object.getPrototypeOf(self)
  if (typeof prototype !== 'object' || prototype === null || types.isProxy(prototype)) return undefined
  return classField(Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value)
}

function classField(made: unknown): ReceiverFields | undefined {
  if (typeof made !== 'function' || types.isProxy(made)) return undefined
  const name: unknown = Object.getOwnPropertyDescriptor(made, 'name')?.value
  return typeof name === 'string' && name !== '' ? { 'its class': name } : undefined
}

interface Reading {
  readonly fields: Map<string, string | number | boolean>
  readonly limits: CaptureLimits
  readonly depth: number
}

function encoded(self: object): object {
  const codec = codecFor(self, Object.getPrototypeOf(self))
  const data = codec ? codec.encode(self) : self
  return typeof data === 'object' && data !== null ? data : { value: data }
}

function read(value: object, path: string, reading: Reading): void {
  const { fields, limits, depth } = reading
  for (const name of Object.keys(value)) {
    if (fields.size >= mostFields) return
    const field: unknown = Object.getOwnPropertyDescriptor(value, name)?.value
    if (isSecretField(value, name, limits)) continue
    if (isPlain(field) && depth < deepest) read(field, `${path}${name}.`, { ...reading, depth: depth + 1 })
    else if (isComparable(field, limits)) fields.set(path + name, field)
  }
}

const isSecretField = (owner: object, name: string, { isSecret }: CaptureLimits): boolean =>
  isSecret(name) || (isValueName(name) && isNamedSecret(withoutGetters(owner), name, isSecret))

const withoutGetters = (owner: object): object =>
  Object.fromEntries(
    Object.entries(Object.getOwnPropertyDescriptors(owner)).map(([name, { value }]) => [name, value]),
  )

function isPlain(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    !types.isProxy(value) &&
    Object.getPrototypeOf(value) === Object.prototype
  )
}

function isComparable(value: unknown, limits: CaptureLimits): value is string | number | boolean {
  if (typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value) && !isMoment(value)
  if (typeof value !== 'string' || value.length > longestText) return false
  return !/^\d{4}-\d\d-\d\dT/.test(value) && redactSecrets(value, limits) === undefined
}

// Milliseconds since 1970, within this century.
const isMoment = (value: number) => value > 946_684_800_000 && value < 4_102_444_800_000

/** The last seen fields of objects, and which have changed since. */
const known = new WeakMap<object, { fields: ReceiverFields; readonly changing: Set<string> }>()

/** `receiverFields` of a running call, without those that have changed since this object was first seen. */
export function noteReceiver(self: unknown, limits: CaptureLimits): ReceiverFields | undefined {
  const fields = receiverFields(self, limits)
  if (!fields) return undefined
  const before = known.get(self as object)
  if (!before) {
    known.set(self as object, { fields, changing: new Set() })
    return fields
  }
  for (const name of unlikeFields(before.fields, fields)) before.changing.add(name)
  before.fields = fields
  const steady = Object.entries(fields).filter(([name]) => !before.changing.has(name))
  return steady.length === 0 ? undefined : Object.fromEntries(steady)
}

/** Names of recorded fields that are missing or have another value. */
export const unlikeFields = (recorded: ReceiverFields, now: ReceiverFields | undefined): string[] =>
  Object.keys(recorded).filter(name => !Object.is(recorded[name], now?.[name]))

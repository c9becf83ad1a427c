import type { Payload } from '@runtape/core'
import { maskPlaces } from '../compare/mask-places.ts'
import { pathOf, unreadPlaces } from '../compare/unread-places.ts'

/** The key of the body in each kind. */
const bodyKeys: Readonly<Record<string, string>> = {
  response: 'body',
  request: 'body',
  blob: 'content',
  file: 'content',
}

/** A call's input without bodies and blob bytes: calls are matched before these are read, so they are not part of the match. */
export function withoutBodies(input: Payload): Payload {
  const places = new Set<string>()
  for (const [path, type] of input.meta ?? []) {
    const key = Object.hasOwn(bodyKeys, type) ? bodyKeys[type] : undefined
    if (key !== undefined) places.add(`${pathOf(path)}.${key}`)
  }
  if (places.size === 0) return input
  const { json, meta } = maskPlaces(input, places)
  return { ...input, json, ...(meta && { meta }) }
}

/** Whether the only unreadable parts are still being read. */
export function isPending(input: Payload): boolean {
  const places = unreadPlaces(input)
  return places.length > 0 && places.every(place => place.endsWith(': its bytes have not been read yet'))
}

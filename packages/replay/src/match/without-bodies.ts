import type { Payload } from '@runtape/core'
import { maskPlaces } from '../compare/mask-places.ts'
import { pathOf, unreadPlaces } from '../compare/unread-places.ts'

/** Under which key the kinds have it. */
const bodyKeys: Readonly<Record<string, string>> = {
  response: 'body',
  request: 'body',
  blob: 'content',
  file: 'content',
}

/**
 * The input of a call without the bodies and the bytes of blobs in it: a call is decided before they are read, so they
 * are no part of what calls are found by.
 */
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

/** Whether all of it that cannot be compared is still being read. */
export function isPending(input: Payload): boolean {
  const places = unreadPlaces(input)
  return places.length > 0 && places.every(place => place.endsWith(': its bytes have not been read yet'))
}

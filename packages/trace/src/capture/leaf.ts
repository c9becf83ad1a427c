import { mayBeJson } from './json-text.ts'

/** About the size of what needs no other look, in bytes of JSON; -1 for all else. */
export function bytesOfLeaf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return mayBeJson(value) ? -1 : value.length
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? 1 : -1
    case 'boolean':
      return 1
    default:
      return value === null ? 1 : -1
  }
}

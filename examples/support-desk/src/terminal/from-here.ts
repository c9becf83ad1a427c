import { relative } from 'node:path'

/** A path as typed here: relative below this folder, otherwise absolute. */
export function fromHere(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}

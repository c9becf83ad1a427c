import { relative } from 'node:path'

/** A path as one would type it here: short where it is below this folder, else whole. */
export function fromHere(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}

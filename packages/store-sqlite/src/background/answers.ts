import { deserialize, serialize } from 'node:v8'
import { RuntapeError, type RuntapeErrorCode } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { otherWork } from '../other-work.ts'

/** An answer on its way between threads. Lists are in pieces, of which each is read in about a millisecond. */
export interface Answer {
  /** What is no list. */
  readonly rest: unknown
  readonly pieces?: readonly Uint8Array[]
}

const pieceBytes = 32 * 1024

/** A list, a page with `items`, or what is small. */
export function packAnswer(answer: unknown): Answer {
  if (Array.isArray(answer)) return { rest: undefined, pieces: piecesOf(answer) }
  if (typeof answer !== 'object' || answer === null || !('items' in answer)) return { rest: answer }
  const { items, ...rest } = answer
  return { rest, pieces: piecesOf(items as readonly unknown[]) }
}

function piecesOf(items: readonly unknown[]): Uint8Array[] {
  const bytes = serialize(items)
  if (bytes.length <= pieceBytes || items.length < 2) return [bytes]
  const half = items.length >> 1
  return [...piecesOf(items.slice(0, half)), ...piecesOf(items.slice(half))]
}

/** Lets other work of the process run between pieces. */
export async function unpackAnswer({ rest, pieces }: Answer): Promise<unknown> {
  if (pieces === undefined) return rest
  const items: unknown[] = []
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await otherWork()
    for (const item of deserialize(piece) as unknown[]) items.push(item)
  }
  return rest === undefined ? items : { items, ...(rest as object) }
}

/** What was thrown, on its way between threads. */
export interface Failure {
  readonly message: string
  readonly code?: RuntapeErrorCode
  /** What SQLite threw. */
  readonly cause?: { readonly message: string; readonly errcode?: unknown; readonly code?: unknown }
}

export function packFailure(thrown: unknown): Failure {
  if (!RuntapeError.isInstance(thrown)) return { message: messageOf(thrown) }
  const { message, code, cause } = thrown
  if (!(cause instanceof Error)) return { message, code }
  const { errcode, code: name } = cause as { errcode?: unknown; code?: unknown }
  return { message, code, cause: { message: cause.message, errcode, code: name } }
}

export function unpackFailure({ message, code, cause }: Failure): Error {
  if (code === undefined) return new Error(message)
  const { message: why, ...facts } = cause ?? {}
  return new RuntapeError(code, message, cause && { cause: Object.assign(new Error(why), facts) })
}

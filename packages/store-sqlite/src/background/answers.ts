import { deserialize, serialize } from 'node:v8'
import { RuntapeError, type RuntapeErrorCode } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { otherWork } from '../database/other-work.ts'
import type { UsageAnswer } from '../usage/usage-answer.ts'
import { buffersOf, type LabelColumn, type UsageTable } from '../usage/usage-table.ts'

/** An answer on its way between threads. Lists are split into pieces that take about a millisecond each to read. */
export interface Answer {
  /** Everything that is not a list. */
  readonly rest: unknown
  readonly pieces?: readonly Uint8Array[]
  readonly usage?: PackedUsage
}

type PackedUsage = { readonly [Part in keyof UsageAnswer]: PackedTable }

/** A table with its names in pieces. Its columns are transferred. */
interface PackedTable extends Omit<UsageTable, 'labels'> {
  readonly labels: readonly (Omit<LabelColumn, 'names'> & { readonly names: readonly Uint8Array[] })[]
}

const pieceBytes = 32 * 1024

/** Packs usage, a page with `items`, or a small answer. Also returns the buffers to transfer. */
export function packAnswer(answer: unknown): { readonly packed: Answer; readonly handedOver: ArrayBuffer[] } {
  if (typeof answer !== 'object' || answer === null) return { packed: { rest: answer }, handedOver: [] }
  if ('bill' in answer) return packUsage(answer as UsageAnswer)
  if (!('items' in answer)) return { packed: { rest: answer }, handedOver: [] }
  const { items, ...rest } = answer
  return { packed: { rest, pieces: piecesOf(items as readonly unknown[]) }, handedOver: [] }
}

function packUsage({ bill, before }: UsageAnswer) {
  const usage = { bill: packTable(bill), ...(before && { before: packTable(before) }) }
  const handedOver = [bill, ...(before ? [before] : [])].flatMap(buffersOf)
  return { packed: { rest: undefined, usage }, handedOver: [...new Set(handedOver)] }
}

const packTable = ({ labels, ...columns }: UsageTable): PackedTable => ({
  ...columns,
  labels: labels.map(({ names, ...label }) => ({ ...label, names: piecesOf(names) })),
})

function piecesOf(items: readonly unknown[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let [from, count] = [0, 64]; from < items.length; ) {
    const bytes = serialize(items.slice(from, from + count))
    const isLarge = bytes.length > pieceBytes && count > 1
    if (!isLarge) {
      pieces.push(bytes)
      from += count
    }
    if (isLarge) count >>= 1
    else if (bytes.length < pieceBytes / 2) count *= 2
  }
  return pieces
}

/** Runs other work of the process between pieces. */
export async function unpackAnswer({ rest, pieces, usage }: Answer): Promise<unknown> {
  if (usage) return unpackUsage(usage)
  if (pieces === undefined) return rest
  return { items: await listOf(pieces), ...(rest as object) }
}

async function unpackUsage({ bill, before }: PackedUsage): Promise<UsageAnswer> {
  return { bill: await unpackTable(bill), ...(before && { before: await unpackTable(before) }) }
}

async function unpackTable({ labels, ...columns }: PackedTable): Promise<UsageTable> {
  const unpacked: LabelColumn[] = []
  for (const label of labels)
    unpacked.push({ ...label, names: (await listOf(label.names)) as readonly string[] })
  return { ...columns, labels: unpacked }
}

async function listOf(pieces: readonly Uint8Array[]): Promise<readonly unknown[]> {
  const items: unknown[] = []
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await otherWork()
    for (const item of deserialize(piece) as unknown[]) items.push(item)
  }
  return items
}

/** An error on its way between threads. */
export interface Failure {
  readonly message: string
  readonly code?: RuntapeErrorCode
  /** The error that SQLite threw. */
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

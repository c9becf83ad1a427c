import { RuntapeError, type TapeRecord } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import type { AppendReceipt } from '@runtape/core/store'
import { assertRecord, knownFields, recordName } from '@runtape/core/store-helpers'
import type { Connection } from './connection.ts'
import { routes } from './wire/routes.ts'

/** A request has about this many characters, or one record. */
const mostCharacters = 4_000_000

const nothing: AppendReceipt = { accepted: 0, duplicates: 0, conflicts: 0, conflicting: [] }

/** Sends records, one append after the other, so that the first of two wins. */
export class Appends {
  readonly #connection: Connection
  #last: Promise<unknown> = Promise.resolve()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async append(records: readonly TapeRecord[]): Promise<AppendReceipt> {
    this.#connection.requireOpen()
    // All of them first: an invalid record must not leave half a batch behind.
    const batches = batchesOf(records.map(lineOf))
    const turn = this.#last.then(() => send(this.#connection, batches))
    this.#last = turn.catch(() => {})
    return turn
  }

  /** Resolves when the appends that were started have ended. */
  ended(): Promise<unknown> {
    return this.#last
  }
}

async function send(connection: Connection, batches: readonly string[][]): Promise<AppendReceipt> {
  const { method, path } = routes.append
  let sum = nothing
  for (const lines of batches) {
    const body = { type: 'application/x-ndjson', text: `${lines.join('\n')}\n` } as const
    sum = added(sum, (await connection.ask({ method, target: path, body })) as AppendReceipt)
  }
  return sum
}

/** @throws {RuntapeError} `invalid-record` */
function lineOf(record: TapeRecord): string {
  assertRecord(record)
  try {
    return JSON.stringify(knownFields(record))
  } catch (error) {
    throw new RuntapeError(
      'invalid-record',
      `${recordName(record)} cannot be written as JSON: ${messageOf(error)}. Nothing of its batch was sent. Remove what JSON cannot represent.`,
      { cause: error },
    )
  }
}

function batchesOf(lines: readonly string[]): string[][] {
  const batches: string[][] = []
  let characters = 0
  for (const line of lines) {
    const last = batches.at(-1)
    characters += line.length
    if (last && characters < mostCharacters) last.push(line)
    else {
      batches.push([line])
      characters = line.length
    }
  }
  return batches
}

function added(a: AppendReceipt, b: AppendReceipt): AppendReceipt {
  const misdated = [...(a.misdated ?? []), ...(b.misdated ?? [])]
  return {
    accepted: a.accepted + b.accepted,
    duplicates: a.duplicates + b.duplicates,
    conflicts: a.conflicts + b.conflicts,
    conflicting: [...a.conflicting, ...b.conflicting],
    ...(misdated.length > 0 && { misdated }),
  }
}

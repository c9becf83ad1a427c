import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Logger, type RunEvent, RuntapeError, type SpanRecord } from '@runtape/core'
import { messageOf, warnSafely } from '@runtape/core/internal'
import { readTape, type TapeRecords } from './read-tape.ts'
import { entryOf, type TraceEntry } from './trace-entry.ts'

/** Index of the tape files of a folder: each file is read once for the index, and again when its trace is requested. */
export class TapeIndex {
  readonly #folder: string
  readonly #logger: Logger
  #entries: Promise<ReadonlyMap<string, Indexed>> | undefined

  constructor(folder: string, logger: Logger) {
    this.#folder = folder
    this.#logger = logger
  }

  async entries(): Promise<TraceEntry[]> {
    return Array.from((await this.#load()).values(), ({ entry }) => entry)
  }

  async spans(traceId: string): Promise<readonly SpanRecord[]> {
    const path = (await this.#load()).get(traceId)?.path
    return path === undefined ? [] : ((await readTape(path))?.spans ?? [])
  }

  async events(): Promise<RunEvent[]> {
    return (await this.entries()).flatMap(({ events }) => [...events.values()].flat())
  }

  #load(): Promise<ReadonlyMap<string, Indexed>> {
    this.#entries ??= readFolder(this.#folder, this.#logger)
    return this.#entries
  }
}

interface Indexed {
  readonly path: string
  readonly entry: TraceEntry
}

async function readFolder(folder: string, logger: Logger): Promise<ReadonlyMap<string, Indexed>> {
  const entries = new Map<string, Indexed>()
  const skipped: string[] = []
  for (const name of await jsonFiles(folder)) {
    const path = join(folder, name)
    // `._x.json` is how macOS keeps file metadata on disks without support for it.
    const tape = name.startsWith('.') ? undefined : await readTape(path)
    if (tape) addTape(entries, path, tape)
    else skipped.push(name)
  }
  if (skipped.length > 0) warnSafely(logger, `In ${folder} ${noTapes(skipped)}.`)
  return entries
}

function addTape(entries: Map<string, Indexed>, path: string, { traceId, spans, events }: TapeRecords): void {
  const known = entries.get(traceId)
  if (known) throw twice(known.path, path, traceId)
  const entry = entryOf(spans, events)
  if (!entry) throw damaged(path, 'none of its spans is a root: each has a parentSpanId.')
  entries.set(traceId, { path, entry })
}

const mostNamed = 5

function noTapes(names: readonly string[]): string {
  const named = names.slice(0, mostNamed).join(', ')
  if (names.length === 1) return `one file is not a tape and is skipped: ${named}`
  const more = names.length - mostNamed
  return `${names.length} files are not tapes and are skipped: ${named}${more > 0 ? ` and ${more} more` : ''}`
}

async function jsonFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries
      .filter(entry => entry.name.endsWith('.json') && !entry.isDirectory())
      .map(({ name }) => name)
      .sort()
  } catch (error) {
    const advice = 'Write some with runtape export, or pass the folder that contains them.'
    const message = `The tape files in ${folder} cannot be read: ${messageOf(error)}. ${advice}`
    throw new RuntapeError('store-unusable', message, { cause: error })
  }
}

const damaged = (path: string, what: string): RuntapeError =>
  new RuntapeError('invalid-record', `The tape file ${path} cannot be used: ${what} Export the trace again.`)

const twice = (path: string, other: string, traceId: string): RuntapeError =>
  new RuntapeError('invalid-record', `${path} and ${other} both hold trace ${traceId}. Remove one of them.`)

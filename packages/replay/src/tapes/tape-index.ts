import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type RunEvent, RuntapeError, type SpanRecord } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { readTape } from './read-tape.ts'
import { entryOf, type TraceEntry } from './trace-entry.ts'

/** The tape files of a folder: read once to know what they hold, and again when a trace is asked for. */
export class TapeIndex {
  readonly #folder: string
  #entries: Promise<ReadonlyMap<string, Indexed>> | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  async entries(): Promise<TraceEntry[]> {
    return Array.from((await this.#load()).values(), ({ entry }) => entry)
  }

  async spans(traceId: string): Promise<readonly SpanRecord[]> {
    const path = (await this.#load()).get(traceId)?.path
    return path === undefined ? [] : (await readTape(path)).spans
  }

  async events(): Promise<RunEvent[]> {
    return (await this.entries()).flatMap(({ events }) => [...events.values()].flat())
  }

  #load(): Promise<ReadonlyMap<string, Indexed>> {
    this.#entries ??= readFolder(this.#folder)
    return this.#entries
  }
}

interface Indexed {
  readonly path: string
  readonly entry: TraceEntry
}

async function readFolder(folder: string): Promise<ReadonlyMap<string, Indexed>> {
  const entries = new Map<string, Indexed>()
  for (const path of await tapePaths(folder)) {
    const { traceId, spans, events } = await readTape(path)
    const known = entries.get(traceId)
    if (known) throw twice(known.path, path, traceId)
    const entry = entryOf(spans, events)
    if (!entry) throw damaged(path, 'none of its spans is a root: each has a parentSpanId.')
    entries.set(traceId, { path, entry })
  }
  return entries
}

async function tapePaths(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder)
    return names
      .filter(name => name.endsWith('.json'))
      .sort()
      .map(name => join(folder, name))
  } catch (error) {
    const advice = 'Write some with runtape export, or pass the folder that holds them.'
    const message = `The tape files in ${folder} cannot be read: ${messageOf(error)}. ${advice}`
    throw new RuntapeError('store-unusable', message, { cause: error })
  }
}

const damaged = (path: string, what: string): RuntapeError =>
  new RuntapeError('invalid-record', `The tape file ${path} cannot be used: ${what} Export the trace again.`)

const twice = (path: string, other: string, traceId: string): RuntapeError =>
  new RuntapeError('invalid-record', `${path} and ${other} both hold trace ${traceId}. Remove one of them.`)

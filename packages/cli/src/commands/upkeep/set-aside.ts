import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { type SetAsideRecord, type SetAsideRetry, type SqliteStore, sqliteStore } from '@runtape/store-sqlite'
import type { Args } from '../../arguments/args.ts'
import type { Command } from '../../arguments/command.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { defaultStore, storeFlag } from '../../stores/open-store.ts'
import { requireFile } from '../../stores/postgres-target.ts'
import { requireDatabase } from '../../stores/server-target.ts'
import { print, printJson } from '../../terminal/print.ts'
import { showCount, showText, showTime } from '../../terminal/show.ts'
import { table } from '../../terminal/table.ts'

export const command: Command = {
  name: 'set-aside',
  about: 'Lists records that could not be written, retries them, or drops them.',
  operands: 'list | retry [<id>…] | drop <id>…',
  flags: {
    store: { ...storeFlag, about: `path of a database or an outbox. Default: ${defaultStore}.` },
    all: { about: 'drop all records' },
    json: { about: 'print JSON' },
  },
  examples: ['runtape set-aside list', 'runtape set-aside retry', 'runtape set-aside drop 3 file-1'],
  run: async args => {
    const [action, ...ids] = args.operands
    const act = actions[action ?? 'list']
    if (!act) throw new Misuse(`There is no "set-aside ${action}". Use list, retry or drop.`)
    const store = openDatabase(args)
    try {
      assertKnown(store, ids)
      return await act(store, ids, args)
    } finally {
      await store.close()
    }
  },
}

type Action = (store: SqliteStore, ids: readonly string[], args: Args) => Promise<number>

const actions: Readonly<Record<string, Action>> = { list, retry, drop }

function openDatabase(args: Args): SqliteStore {
  requireFile(args.text('store'))
  const path = args.text('store') ?? defaultStore
  requireDatabase(path)
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return sqliteStore(path, { worker: false })
  throw new Misuse(`There is no database at ${resolve(path)}. Pass --store <path>.`)
}

function assertKnown(store: SqliteStore, ids: readonly string[]): void {
  const known = new Set(store.setAside.list().map(({ id }) => id))
  const unknown = ids.filter(id => !known.has(id))
  if (unknown.length > 0)
    throw new Misuse(
      `No record is set aside as ${unknown.join(', ')}. "runtape set-aside list" shows the ids.`,
    )
}

async function list(store: SqliteStore, ids: readonly string[], args: Args): Promise<number> {
  const all = store.setAside.list()
  const found = ids.length === 0 ? all : all.filter(({ id }) => ids.includes(id))
  if (args.has('json')) printJson(found)
  else print(found.length === 0 ? 'Nothing is set aside.' : shown(found))
  return 0
}

const shown = (records: readonly SetAsideRecord[]): string =>
  table(
    ['id', 'since (UTC)', 'from', 'record', 'reason'],
    records.map(({ id, at, origin, name, reason }) => [
      id,
      showTime(at),
      origin,
      showText(name, 60),
      showText(reason, 200),
    ]),
  )

async function retry(store: SqliteStore, ids: readonly string[], args: Args): Promise<number> {
  const result = await store.setAside.retry(ids.length === 0 ? undefined : ids)
  if (args.has('json')) printJson(result)
  else print(shownRetry(result))
  return result.failed.length > 0 ? 1 : 0
}

function shownRetry({ accepted, duplicates, conflicts, queued, failed }: SetAsideRetry): string {
  const counts = [
    [accepted, 'written'],
    [duplicates, 'there already'],
    [conflicts, 'already recorded with another value, which stands'],
    [queued, 'back in the outbox'],
    [failed.length, 'still set aside'],
  ] as const
  const sum = counts.filter(([count]) => count > 0).map(([count, what]) => `${showCount(count)} ${what}`)
  const reasons = failed.map(({ id, reason }) => `\n  ${id}: ${showText(reason, 200)}`)
  return sum.length === 0 ? 'Nothing is set aside.' : `${sum.join(', ')}.${reasons.join('')}`
}

async function drop(store: SqliteStore, ids: readonly string[], args: Args): Promise<number> {
  // Some may be billable: dropping all of them must be explicit.
  if (ids.length === 0 && !args.has('all'))
    throw new Misuse(
      'Name what to drop: runtape set-aside drop <id>…, or --all. Dropped records are gone for good.',
    )
  const dropped = await store.setAside.drop(ids.length === 0 ? undefined : ids)
  if (args.has('json')) printJson({ dropped })
  else print(`${showCount(dropped)} dropped.`)
  return 0
}

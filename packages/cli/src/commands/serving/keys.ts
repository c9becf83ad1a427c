import type { StoredKey } from '@runtape/server'
import type { Scope } from '@runtape/store-http/wire'
import type { Args } from '../../arguments/args.ts'
import type { Command } from '../../arguments/command.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { print, printJson } from '../../terminal/print.ts'
import { type Columns, csvTime, recordsAsCsv } from '../../terminal/records-as-csv.ts'
import { showText, showTime } from '../../terminal/show.ts'
import { table } from '../../terminal/table.ts'
import { keyFile, keysFlag } from './key-file.ts'

const scopes: readonly Scope[] = ['ingest', 'read', 'replay', 'admin']

export const command: Command = {
  name: 'keys',
  about:
    'Creates, lists and revokes the keys of "runtape serve". A running server sees a change with its next request.',
  operands: 'create | list | revoke <id>',
  flags: {
    keys: keysFlag,
    scope: {
      value: scopes.join('|'),
      multiple: true,
      about: 'what a new key may do; repeat it for several. Default: ingest',
    },
    name: { value: 'text', about: 'what a new key is for' },
    csv: { about: 'list: print CSV' },
    json: { about: 'print JSON' },
  },
  words: {
    ingest: 'append records',
    read: 'run queries',
    replay: 'keep test runs, verdicts, reviews, cohorts and views; queries need read, too',
    admin: 'everything, also prune, erase and budgets',
  },
  examples: ['runtape keys create --scope ingest --name checkout', 'runtape keys revoke 1f3a9c20'],
  run: async args => {
    const { fileKeys } = await import('@runtape/server/node')
    const keys = fileKeys(keyFile(args))
    const [what, id, ...more] = args.operands
    if (what === 'create' && id === undefined) return create(keys, args)
    if (what === 'list' && id === undefined) return list(keys, args)
    if (what === 'revoke' && id !== undefined && more.length === 0) return revoke(keys, id)
    throw new Misuse('Use keys create, keys list, or keys revoke <id>.')
  },
}

type Keys = ReturnType<typeof import('@runtape/server/node').fileKeys>

async function create(keys: Keys, args: Args): Promise<number> {
  const given = args.texts('scope')
  const unknown = given.find(scope => !(scopes as readonly string[]).includes(scope))
  if (unknown !== undefined)
    throw new Misuse(`--scope must be one of ${scopes.join(', ')} (got "${unknown}").`)
  const chosen = given.length === 0 ? (['ingest'] as const) : (given as Scope[])
  const { key, stored } = await keys.create(chosen, args.text('name'))
  if (args.has('json')) printJson({ key, id: stored.id, scopes: stored.scopes })
  else print(`${key}\nKey ${stored.id} (${chosen.join(', ')}). It is shown once: the file keeps its hash.`)
  return 0
}

const columns: Columns<Omit<StoredKey, 'hash'>> = {
  id: ({ id }) => id,
  scopes: ({ scopes: own }) => own.join(' '),
  createdAt: ({ createdAt }) => csvTime(createdAt),
  name: ({ name }) => name,
}

function list(keys: Keys, args: Args): number {
  const all = keys.list().map(({ hash: _, ...key }) => key)
  if (args.has('json')) printJson(all)
  else if (args.has('csv')) print(recordsAsCsv(columns, all))
  else
    print(
      table(
        ['id', 'scopes', 'created', 'name'],
        all.map(({ id, scopes: own, createdAt, name = '' }) => [
          showText(id),
          own.join(', '),
          createdAt === undefined ? '' : showTime(createdAt),
          showText(name),
        ]),
      ),
    )
  return 0
}

function revoke(keys: Keys, id: string): number {
  if (!keys.revoke(id)) throw new Misuse(`There is no key ${showText(id)}. See "runtape keys list".`)
  print(`Revoked ${showText(id)}.`)
  return 0
}

import { RuntapeError, type TapeRecord } from '@runtape/core'
import type { AppendReceipt, Store } from '@runtape/core/store'
import { withCheckedArguments } from '@runtape/core/store-helpers'
import { Appends } from './append.ts'
import { Connection, type RequestBody, type StoreRequest } from './connection.ts'
import { fieldsOfArgument, jsonOf } from './json.ts'
import { checkedOptions, type HttpStoreOptions } from './options.ts'
import { pathSegment, queryText } from './wire/parameters.ts'
import { type Route, routes } from './wire/routes.ts'

/**
 * The store behind a Runtape server: every call is one request. Works wherever there is `fetch`. Nothing is kept in the
 * process: use it with `createRecorder({ store, outbox })`, or flush before a function freezes.
 *
 * @throws {RuntapeError} `invalid-option` for a wrong option. Calls of the store reject as the store behind the server does, and
 *   with `store-unusable` if the server cannot be reached.
 *
 * @example
 * ```ts
 * import { httpStore } from '@runtape/store-http'
 *
 * const store = httpStore({ url: 'https://tape.example.com/support', key: process.env.RUNTAPE_KEY ?? '' })
 * console.log(await store.runs.usage({ since: '7d' }))
 * ```
 */
export function httpStore(options: HttpStoreOptions): Store {
  const connection = new Connection(checkedOptions(options))
  const appends = new Appends(connection)
  const store: Record<string, unknown> = {
    append: (records: readonly TapeRecord[]): Promise<AppendReceipt> => appends.append(records),
    close: () => connection.close(appends.ended()),
  }
  for (const [member, route] of Object.entries(routes))
    if (member !== 'append') place(store, member, callOf(connection, member, route))
  return withCheckedArguments(store as unknown as Store)
}

type Call = (...args: readonly unknown[]) => Promise<unknown>

/** @param member such as `runs.get` */
function place(store: Record<string, unknown>, member: string, call: Call): void {
  const [part = '', name] = member.split('.')
  if (name === undefined) store[part] = call
  else store[part] = { ...(store[part] as object), [name]: call }
}

const callOf =
  (connection: Connection, member: string, route: Route): Call =>
  async (...args) => {
    connection.requireOpen()
    return connection.ask(requestOf(member, route, args))
  }

/** The request of a call. */
function requestOf(member: string, route: Route, args: readonly unknown[]): StoreRequest {
  const { method, takes } = route
  let used = 0
  const path = route.path.replace(/:\w+/g, () => pathSegment(textArgument(member, args[used++])))
  const rest = args.slice(used)
  if (takes === 'body') return { method, target: path, body: bodyOf(member, rest[0]) }
  const fields = takes === 'query' ? fieldsOfArgument(member, rest[0]) : namedFields(member, takes, rest)
  if (takes !== 'query' && !['GET', 'DELETE'].includes(method))
    return { method, target: path, body: bodyOf(member, fields) }
  const query = queryText(fields)
  return { method, target: query === '' ? path : `${path}?${query}` }
}

function textArgument(member: string, value: unknown): string {
  if (typeof value === 'string') return value
  throw new RuntapeError(
    'invalid-option',
    `The first arguments of ${member} must be texts (got ${typeof value}). Pass ids or names as the store returned them.`,
  )
}

/** Arguments under their names; those that are `undefined` are left out. */
function namedFields(
  member: string,
  names: readonly string[],
  args: readonly unknown[],
): Readonly<Record<string, unknown>> {
  const entries = names.map((name, index) => [name, args[index]] as const)
  return Object.fromEntries(
    entries.flatMap(([name, value]) => {
      const json = jsonOf(member, value)
      return json === undefined ? [] : [[name, JSON.parse(json) as unknown]]
    }),
  )
}

function bodyOf(member: string, value: unknown): RequestBody | undefined {
  const text = jsonOf(member, value)
  return text === undefined ? undefined : { type: 'application/json', text }
}

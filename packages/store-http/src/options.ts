import { RuntapeError } from '@runtape/core'

export interface HttpStoreOptions {
  /** The address of a project on a Runtape server, such as `https://tape.example.com/support`. */
  readonly url: string
  /** A key of the project. Its scopes decide which calls the server accepts. */
  readonly key?: string
  /** How long a request may take, in milliseconds. Default: 60,000. */
  readonly timeoutMs?: number
  /** Default: the `fetch` of the platform. */
  readonly fetch?: typeof fetch
}

/** Options as the store uses them. */
export interface CheckedOptions {
  /** Without a slash at the end. */
  readonly url: string
  readonly key: string | undefined
  readonly timeoutMs: number
  readonly fetch: typeof fetch
}

const known = ['url', 'key', 'timeoutMs', 'fetch']

// The one that was there first: instrumentations of the application may replace it.
const builtIn = globalThis.fetch

/** @throws {RuntapeError} `invalid-option` */
export function checkedOptions(options: HttpStoreOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null)
    throw refused('httpStore takes an object: httpStore({ url, key })')
  const unknown = Object.keys(options).find(name => !known.includes(name))
  if (unknown !== undefined) throw refused(`httpStore has no option "${unknown}". It has ${known.join(', ')}`)
  const { key, timeoutMs = 60_000, fetch = builtIn } = options
  if (key !== undefined && (typeof key !== 'string' || !/^[\x21-\x7e]+$/.test(key)))
    throw refused('key must be a key of the server, as "runtape serve" printed it')
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > 2 ** 31 - 1)
    throw refused(`timeoutMs must be a whole number of milliseconds, 1 or more (got ${String(timeoutMs)})`)
  if (typeof fetch !== 'function') throw refused('fetch must be a function')
  return { url: checkedUrl(options.url), key, timeoutMs, fetch }
}

function checkedUrl(url: unknown): string {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined
  if (!parsed || !/^https?:$/.test(parsed.protocol))
    throw refused(
      'url must be the address of a Runtape server and its project, such as "https://tape.example.com/support"',
    )
  if (parsed.username !== '' || parsed.search !== '' || parsed.hash !== '')
    throw refused('url must have no user, query or fragment. Pass the key as key')
  return parsed.href.replace(/\/+$/, '')
}

const refused = (reason: string): RuntapeError => new RuntapeError('invalid-option', `${reason}.`)

import { errorResponse, HttpError } from '../http-error.ts'
import type { ServerLimits } from '../limits.ts'
import { readBody } from '../requests/read-body.ts'
import { readJson } from '../requests/read-json.ts'
import { cookieWith, endedCookie, requireOwnPage } from './session.ts'
import type { StudioFile, StudioOptions } from './studio-options.ts'

/** The first parts of the page's addresses. All of them are the document, which shows the view. */
const views = new Set(['', 'runs', 'traces', 'compare', 'replays', 'review', 'budgets', 'health', 'keys'])

const policy = [
  "default-src 'none'",
  ...[
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "connect-src 'self'",
    "worker-src 'self'",
  ],
  ...["frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"],
  ...["require-trusted-types-for 'script'", 'trusted-types runtape-worker'],
].join('; ')

const safety = {
  'content-security-policy': policy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** Answers for the page: its files, and the session of a browser. */
export class Studio {
  readonly #options: StudioOptions
  readonly #limits: ServerLimits
  readonly #isKey: (key: string) => Promise<boolean>

  /** @param isKey whether a project has the key */
  constructor(options: StudioOptions, limits: ServerLimits, isKey: (key: string) => Promise<boolean>) {
    this.#options = options
    this.#limits = limits
    this.#isKey = isKey
  }

  /** @throws {HttpError} 403 if the server may not be asked under this host */
  requireHost(request: Request): void {
    const { hosts } = this.#options
    const { host, hostname } = new URL(request.url)
    if (hosts === undefined || hosts.includes(host) || hosts.includes(hostname)) return
    throw new HttpError(403, 'forbidden', `This server is not ${host}. It is ${hosts.join(', ')}.`)
  }

  /** A file of the page, or the document for the address of a view. */
  file(request: Request): Response | undefined {
    const { pathname } = new URL(request.url)
    const file = this.#options.files.get(pathname) ?? this.#document(pathname)
    return (
      file &&
      new Response(file.body, { headers: { 'content-type': file.type, ...cacheFor(pathname), ...safety } })
    )
  }

  #document(pathname: string): StudioFile | undefined {
    return views.has(pathname.split('/')[1] ?? '') ? this.#options.files.get('/') : undefined
  }

  /** `POST /v1/session` with `{ key }` or `{ token }` begins a session, `DELETE` ends it. */
  async session(request: Request): Promise<Response> {
    requireOwnPage(request)
    if (request.method === 'DELETE') return answer(endedCookie(request))
    const key = await this.#keyOf(request)
    if (key !== undefined && (await this.#isKey(key))) return answer(cookieWith(request, key))
    return errorResponse(
      new HttpError(
        401,
        'unauthorized',
        'The key is not known here, or the link was used before. Paste a key.',
      ),
    )
  }

  async #keyOf(request: Request): Promise<string | undefined> {
    const { key, token } = Object(readJson(await readBody(request, this.#limits), this.#limits.nesting)) as {
      readonly key?: unknown
      readonly token?: unknown
    }
    if (typeof key === 'string') return /^[\x21-\x2b\x2d-\x3a\x3c-\x7e]{1,200}$/.test(key) ? key : undefined
    return typeof token === 'string' ? this.#options.redeem?.(token) : undefined
  }
}

const answer = (cookie: string): Response =>
  new Response(undefined, { status: 204, headers: { 'set-cookie': cookie, 'cache-control': 'no-store' } })

// Scripts and styles have a hash in their names.
const cacheFor = (pathname: string): Record<string, string> => ({
  'cache-control': pathname.startsWith('/studio/') ? 'public, max-age=31536000, immutable' : 'no-cache',
})

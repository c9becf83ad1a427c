import { HttpError } from '../http-error.ts'

// A cookie of this name is accepted only if it was set over HTTPS for this host; plain loopback cannot have one.
const [secureName, plainName] = ['__Host-runtape', 'runtape']

const nameFor = (request: Request): string =>
  new URL(request.url).protocol === 'https:' ? secureName : plainName

/** The key in the cookie of a request. */
export function keyInCookie(request: Request): string | undefined {
  const name = nameFor(request)
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    const [given, value] = pair.trim().split('=')
    if (given === name && value) return value
  }
  return undefined
}

/** Keeps a key in the browser, where no script can read it and no other site can send it. */
export const cookieWith = (request: Request, key: string): string => cookie(request, key, '')

/** Ends the session of a browser. */
export const endedCookie = (request: Request): string => cookie(request, '', '; Max-Age=0')

function cookie(request: Request, value: string, more: string): string {
  const name = nameFor(request)
  const secure = name === secureName ? '; Secure' : ''
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Strict${secure}${more}`
}

/**
 * Refuses a request that changes something with the cookie of a browser, but does not come from the page.
 *
 * @throws {HttpError} 403
 */
export function requireOwnPage(request: Request): void {
  if (request.method === 'GET' || request.method === 'HEAD') return
  const [site, origin] = [request.headers.get('sec-fetch-site'), request.headers.get('origin')]
  const isOwn = site === null ? origin === new URL(request.url).origin : site === 'same-origin'
  if (isOwn) return
  throw new HttpError(
    403,
    'forbidden',
    'A cookie is for the page of this server only. Other programs send "Authorization: Bearer <key>".',
  )
}

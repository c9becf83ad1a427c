type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null

/**
 * The kept parts of an HTTP message: what a handler reads, without the socket, the stream and the raw copies of its headers.
 * Covers Node messages, and the requests, responses and contexts of Express, Fastify, Hono and Koa; `undefined` for everything
 * else.
 */
export function messageParts(value: object): object | undefined {
  try {
    const message = value as Fields
    if (isIncoming(message)) return parts(message, incomingNames)
    if (isOutgoing(message)) return { ...parts(message, outgoingNames), headers: headersOf(message) }
    return fastifyParts(message) ?? koaParts(message) ?? honoParts(message)
  } catch {
    return undefined
  }
}

const requestNames = ['method', 'url', 'headers', 'params', 'query', 'body']
const incomingNames = [
  ...requestNames,
  'originalUrl',
  'httpVersion',
  'statusCode',
  'statusMessage',
  'trailers',
]
const outgoingNames = ['method', 'protocol', 'host', 'path', 'statusCode', 'statusMessage', 'headersSent']

const isIncoming = (value: unknown): value is Fields =>
  isFields(value) && Array.isArray(value.rawHeaders) && typeof value.httpVersion === 'string'

const isOutgoing = (value: unknown): value is Fields =>
  isFields(value) && '_header' in value && typeof value.getHeaders === 'function'

function parts(message: Fields, names: readonly string[]): Fields {
  const read = names.map(name => [name, readSafely(message, name)])
  return Object.fromEntries(read.filter(([, value]) => value !== undefined && value !== null && value !== ''))
}

function readSafely(message: Fields, name: string): unknown {
  try {
    return message[name]
  } catch {
    return undefined
  }
}

const headersOf = (message: Fields): unknown => ({ ...(message.getHeaders as () => object)() })

/** Requests and replies have Node's message in `raw`. */
function fastifyParts(message: Fields): object | undefined {
  if (!('raw' in message)) return undefined
  const { raw } = message
  if (isIncoming(raw)) return parts(message, ['id', ...requestNames])
  if (!isOutgoing(raw)) return undefined
  return { statusCode: message.statusCode, headers: headersOf(message) }
}

/** Context, request and response have both Node messages. */
function koaParts(message: Fields): object | undefined {
  if (!('req' in message && 'res' in message) || !isIncoming(message.req) || !isOutgoing(message.res))
    return undefined
  return parts(message, ['status', 'state', ...requestNames])
}

interface HonoRequest {
  readonly method: string
  readonly url: string
  param(): unknown
  query(): unknown
  header(): unknown
}

/** A context has the request in `req`, whose `raw` is the Web request. */
function honoParts(message: Fields): object | undefined {
  if (isHonoRequest(message)) return honoRequest(message)
  return isFields(message.req) && isHonoRequest(message.req) ? honoRequest(message.req) : undefined
}

const isHonoRequest = (value: unknown): value is HonoRequest =>
  isFields(value) && isFields(value.raw) && 'bodyCache' in value && typeof value.header === 'function'

const honoRequest = (request: HonoRequest): object => ({
  method: request.method,
  url: request.url,
  headers: request.header(),
  params: request.param(),
  query: request.query(),
})

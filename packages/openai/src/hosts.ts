import type { ModelRequest } from '@runtape/provider/http'

/** The origin of a request's URL. */
export const hostOf = (request: ModelRequest): string => request.url.split('/', 3).join('/')

/**
 * Hosts that document usage at the end of every stream. The option is not added for them, so that their usage is not mistaken for
 * ours. Source: their API references, November 2026.
 */
const telling =
  /(^|\.)(openrouter\.ai|groq\.com|together\.xyz|together\.ai|fireworks\.ai|deepseek\.com|mistral\.ai|moonshot\.(ai|cn)|generativelanguage\.googleapis\.com)(:\d+)?$/

/** Whether a host, given by its origin, sends usage without the option. */
export const tellsUnasked = (origin: string): boolean => telling.test(origin.slice(origin.indexOf('//') + 2))

const openaiHeaders = [
  'openai-organization',
  'openai-version',
  'openai-processing-ms',
  'apim-request-id',
  'azureml-model-session',
]

export const hasOpenAIHeaders = (headers: Headers): boolean => openaiHeaders.some(name => headers.has(name))

/** OpenAI and Azure, by host name. */
export const openaiHosts =
  /^(api\.openai\.com|.+\.openai\.azure\.com|.+\.cognitiveservices\.azure\.com|.+\.api\.openai\.com)$/

/** Whether OpenAI or Azure answered, possibly through a proxy. They support the option, and add `"usage":null`. */
export const isFromOpenAI = (request: ModelRequest, { headers }: Response): boolean =>
  hasOpenAIHeaders(headers) || openaiHosts.test(URL.parse(request.url)?.hostname ?? '')

const statuses: ReadonlySet<number> = new Set([400, 404, 422, 500])
/** Causes unrelated to the added option. */
const otherCauses =
  /quota|billing|rate.?limit|api.?key|auth|permission|credential|context.?length|maximum context|too long|max_tokens|content.?(policy|filter|management)|moderation/i
const naming = /stream_?options|include_?usage/i

/**
 * Whether a request with the added option may have failed because of it.
 *
 * @param saysSo whether the host names unsupported options, as OpenAI does
 */
export async function mayBlameEdit(response: Response, saysSo: boolean): Promise<boolean> {
  if (response.ok) return !saysSo && (await isEmpty(response))
  if (!statuses.has(response.status)) return false
  const text = await response
    .clone()
    .text()
    .catch(() => '')
  return naming.test(text) || (!saysSo && !otherCauses.test(text))
}

/** Some hosts answer unsupported options with a stream without events. */
async function isEmpty(response: Response): Promise<boolean> {
  const { status, headers, body } = response
  if (status === 204 || headers.get('content-length') === '0') return true
  if (!(body instanceof ReadableStream)) return false
  const reader = response.clone().body?.getReader()
  try {
    const first = await reader?.read()
    return first?.done === true
  } catch {
    return false
  } finally {
    reader?.cancel().catch(() => {})
  }
}

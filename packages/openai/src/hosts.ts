import type { ModelRequest } from '@runtape/provider/http'

/** The origin that a request goes to. */
export const hostOf = (request: ModelRequest): string => request.url.split('/', 3).join('/')

/**
 * Hosts that document usage at the end of every stream. They are not asked, so that nothing of theirs is taken for ours.
 * Source: their API references, November 2026.
 */
const telling =
  /(^|\.)(openrouter\.ai|groq\.com|together\.xyz|together\.ai|fireworks\.ai|deepseek\.com|mistral\.ai|moonshot\.(ai|cn)|generativelanguage\.googleapis\.com)(:\d+)?$/

/** Whether a host, given by its origin, sends usage to those who do not ask for it. */
export const tellsUnasked = (origin: string): boolean => telling.test(origin.slice(origin.indexOf('//') + 2))

const openaiHeaders = [
  'openai-organization',
  'openai-version',
  'openai-processing-ms',
  'apim-request-id',
  'azureml-model-session',
]

export const hasOpenAIHeaders = (headers: Headers): boolean => openaiHeaders.some(name => headers.has(name))

/** OpenAI and Azure, by the names of their hosts. */
export const openaiHosts =
  /^(api\.openai\.com|.+\.openai\.azure\.com|.+\.cognitiveservices\.azure\.com|.+\.api\.openai\.com)$/

/** Whether OpenAI or Azure answered, perhaps through a proxy. They understand what is asked, and add `"usage":null`. */
export const isFromOpenAI = (request: ModelRequest, { headers }: Response): boolean =>
  hasOpenAIHeaders(headers) || openaiHosts.test(URL.parse(request.url)?.hostname ?? '')

const statuses: ReadonlySet<number> = new Set([400, 404, 422, 500])
/** Causes that have nothing to do with what we add. */
const otherCauses =
  /quota|billing|rate.?limit|api.?key|auth|permission|credential|context.?length|maximum context|too long|max_tokens|content.?(policy|filter|management)|moderation/i
const naming = /stream_?options|include_?usage/i

/**
 * Whether an answer to a request to which usage was added may have failed because of that.
 *
 * @param saysSo whether the host names what it does not understand, as OpenAI does
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

/** Some hosts answer what they do not understand by a stream without an event. */
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

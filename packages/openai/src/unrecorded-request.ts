import { RuntapeError } from '@runtape/core'
import { currentFrame } from '@runtape/core/internal'
import { captureInput } from '@runtape/trace/provider'
import { urlOf } from './request.ts'
import { isRequest } from './runtime-response.ts'

/**
 * Requests of a client that call no model, such as those to files and batches, are not recorded. In a replay they are
 * decided like any call: the error with which one fails, or `undefined` where it may be sent.
 */
export function refusalOfUnrecorded(
  input: string | URL | Request,
  init: RequestInit | undefined,
): Error | undefined {
  const frame = currentFrame()
  // The SDK also fetches `data:`, which goes nowhere, to see what this runtime can.
  if (!frame?.replay || !frame.span || !/^https?:/i.test(urlOf(input))) return undefined
  const method = init?.method ?? (isRequest(input) ? input.method : 'GET')
  const name = `${method.toUpperCase()} ${pathOf(urlOf(input))}`
  const call = { key, name, type: 'request', mockOnReplay: false, input: captureInput([]) }
  const decision = frame.replay.decide(call, frame.span)
  if (decision.action === 'run') return undefined
  return decision.action === 'fail' ? decision.error : noAnswer(name)
}

const key = 'openai.request'

const noAnswer = (name: string) =>
  new RuntapeError(
    'replay-refused',
    `${name} calls no model, so it is not recorded, and no override answers it.`,
  )

// Without what is asked, which may hold a secret.
function pathOf(url: string): string {
  try {
    return new URL(url).pathname
  } catch {
    return url.replace(/[?#].*/s, '')
  }
}

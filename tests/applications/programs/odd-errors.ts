// A gateway that maps everything its backends throw: errors of Node and of the Web, aggregates, causes, and non-errors.
import { readFile } from 'node:fs/promises'
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const settings = { prefix: '' }

class Throttled extends Error {
  override readonly name = 'Throttled'
  readonly status = 429
  get isRetryable(): boolean {
    return this.status === 429
  }
}

const failures: Record<string, () => unknown> = {
  own: () => new Throttled('slow down'),
  several: () => new AggregateError([new Throttled('a'), new TypeError('b')], 'all failed'),
  cause: () => new Error('no answer', { cause: new Throttled('too fast') }),
  web: () => new DOMException('gone', 'NotFoundError'),
  abort: () => AbortSignal.abort().reason,
  headers: () => Object.assign(new Error('later'), { headers: new Headers({ 'retry-after': '3' }) }),
  text: () => 'just a text',
  nothing: () => undefined,
  record: () => ({ code: 7 }),
  file: () => readFile('/no/such/file').catch(error => error),
  json: () => {
    try {
      return JSON.parse('{')
    } catch (error) {
      return error
    }
  },
  large: () => Object.assign(new Error('large'), { response: { status: 500, data: 'x'.repeat(6_000_000) } }),
}

const backend = traced('gateway.backend', { mockOnReplay: true }, async (kind: string) => {
  effect('gateway backend')
  throw await failures[kind]?.()
})

function described(error: unknown): unknown {
  if (!(error instanceof Error)) return { thrown: error }
  const { name, message, cause, code, errors, headers } = error as Error & Record<string, unknown>
  return {
    name,
    message,
    code,
    isThrottled: error instanceof Throttled && error.isRetryable,
    isTypeError: error instanceof TypeError,
    isDOMException: error instanceof DOMException,
    causeIsThrottled: cause instanceof Throttled,
    errors: Array.isArray(errors) ? errors.map(each => each instanceof Throttled) : undefined,
    retryAfter: headers instanceof Headers ? headers.get('retry-after') : undefined,
  }
}

const ask = traced('gateway.ask', async (kind: string) => {
  try {
    return await backend(kind)
  } catch (error) {
    return { said: settings.prefix, error: described(error) }
  }
})

export const application: Application = {
  name: 'errors of all kinds',
  entry: ask,
  inputs: Object.keys(failures).map(kind => [kind]),
  change: { make: changing(settings, { prefix: 'Sorry' }), reports: {} },
}

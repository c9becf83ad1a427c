import { AsyncLocalStorage } from 'node:async_hooks'
import { fieldsOf, numberOf } from '@runtape/provider'
import type { RetryRule } from '@runtape/provider/http'

/** The rule of the interaction that the running code asks for: one for each, which identifies its attempts. */
const running = new AsyncLocalStorage<RetryRule>()

/** How the requests of the running code are tried again, where they are of an interaction. */
export const interactionRetry = (): RetryRule | undefined => running.getStore()

const methods = ['create', 'get', 'cancel'] as const

/**
 * Marks what each interaction of a client sends. They have a client of the SDK to themselves, which tries again unasked,
 * counts no attempts and sends each as another `Request`.
 */
export function tapInteractions(client: object): void {
  let tapped: object | undefined
  // Made by the client itself, once they are asked for.
  Object.defineProperty(client, 'interactions', {
    configurable: true,
    get() {
      const interactions = Reflect.get(Object.getPrototypeOf(client), 'interactions', client) as object
      if (interactions !== tapped) markCalls(interactions as Record<string, unknown>)
      tapped = interactions
      return interactions
    },
  })
}

function markCalls(interactions: Record<string, unknown>): void {
  for (const name of methods) {
    const method = interactions[name]
    if (typeof method !== 'function') continue
    const value = (...args: unknown[]): unknown =>
      running.run(ruleOf(args.at(-1)), () => Reflect.apply(method, interactions, args))
    Object.defineProperty(interactions, name, { value, configurable: true, writable: true })
  }
}

/** @param options of the request, where it has some: its `maxRetries`, or the `retries` of the client beneath */
function ruleOf(options: unknown): RetryRule {
  const { maxRetries, retries } = fieldsOf(options)
  const { strategy, maxRetries: ofStrategy } = fieldsOf(retries)
  const most = strategy === 'backoff' ? Number.POSITIVE_INFINITY : (numberOf(ofStrategy) ?? 4)
  return {
    attempts: strategy === 'none' ? 1 : 1 + (numberOf(maxRetries) ?? most),
    longestWaitMs: 8000,
    isRetryable: failure =>
      'status' in failure ? isRetryable(failure.status) : fieldsOf(failure.error).name !== 'AbortError',
  }
}

const isRetryable = (status: number): boolean =>
  status === 408 || status === 409 || status === 429 || status >= 500

import { memoryStore } from '@runtape/testing'
import { onTestFinished } from 'vitest'
import { startServer } from '../serve.ts'

/** An answer of the server. */
interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many forms.
  readonly body: any
}

/** A server, and requests as Bitfab's clients send them. */
export async function start() {
  const store = memoryStore()
  const server = await startServer(store)
  onTestFinished(server.close)
  const headers = { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' }
  const ask = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${server.url}/api/sdk/${path}`, { ...init, headers })
    return { status: response.status, body: await response.json() }
  }
  return {
    ...{ store, server },
    send: (path: string, body: unknown) => ask(path, { method: 'POST', body: JSON.stringify(body) }),
    get: (path: string) => ask(path, { method: 'GET' }),
  }
}

import { createHash } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { PriceList } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { createServer, issueKey, type ServerOptions } from '@runtape/server'
import { httpStore } from '@runtape/store-http'
import type { StoreSubject } from '@runtape/testing'

/** A server over a real socket of loopback, in front of one store. */
export interface TestServer {
  readonly url: string
  readonly key: string
  close(): Promise<void>
}

/** @param before a server that has ended, whose address and key the new one has */
export async function startServer(
  store: Store,
  limits: ServerOptions['limits'] = {},
  before?: Pick<TestServer, 'url' | 'key'>,
  prices?: PriceList,
): Promise<TestServer> {
  const issued = await issueKey(['admin'])
  const key = before?.key ?? issued.key
  const stored = { ...issued.stored, hash: createHash('sha256').update(key).digest('hex') }
  const project = { store, keys: { list: () => [stored] }, ...(prices && { prices }) }
  const server = createServer({ projects: { test: project }, limits })
  const listening = serve({
    fetch: server.fetch,
    port: before ? Number(new URL(before.url).port) : 0,
    hostname: '127.0.0.1',
  })
  await new Promise(resolve => listening.once('listening', resolve))
  const { port } = listening.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    key,
    close: async () => {
      await server.close()
      const closed = new Promise(resolve => listening.close(resolve))
      if ('closeAllConnections' in listening) listening.closeAllConnections()
      await closed
    },
  }
}

/** A store of the contract, behind a server. */
export async function overHttp(behind: StoreSubject, fetch = globalThis.fetch): Promise<StoreSubject> {
  const optionsOf = ({ url, key }: TestServer) => ({ url, key, fetch })
  let server = await startServer(behind.store)
  let store = httpStore(optionsOf(server))
  const { reopen, connect, dispose } = behind
  return {
    store,
    ...(reopen && {
      reopen: async () => {
        await store.close()
        await server.close()
        server = await startServer(await reopen())
        store = httpStore(optionsOf(server))
        return store
      },
    }),
    ...(connect && {
      connect: async () => {
        const other = await startServer(await connect())
        return httpStore(optionsOf(other))
      },
    }),
    dispose: async () => {
      await store.close()
      await server.close()
      await dispose?.()
    },
  }
}

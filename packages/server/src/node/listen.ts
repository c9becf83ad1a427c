import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { RuntapeServer } from '../create-server.ts'

export interface ListenOptions {
  /** Default: 8787. 0 chooses a free one. */
  readonly port?: number
  /** The address to listen on. Default: 127.0.0.1, which other machines cannot reach. */
  readonly host?: string
}

/** A server that listens. */
export interface Listening {
  readonly url: string
  /** Refuses new requests, lets those in progress end, and closes the socket. */
  close(): Promise<void>
}

/**
 * Listens on a socket of Node.
 *
 * @example
 * ```ts
 * import { createServer } from '@runtape/server'
 * import { fileKeys, listen } from '@runtape/server/node'
 * import { sqliteStore } from '@runtape/store-sqlite'
 *
 * const project = { store: sqliteStore('runtape.db'), keys: fileKeys('runtape-keys.json') }
 * const { url } = await listen(createServer({ projects: { support: project } }), { port: 8787 })
 * console.log(url)
 * ```
 */
export async function listen(
  server: RuntapeServer,
  { port = 8787, host = '127.0.0.1' }: ListenOptions = {},
): Promise<Listening> {
  const node = serve({ fetch: request => server.fetch(request), port, hostname: host })
  await new Promise<void>((resolve, reject) => {
    node.once('listening', resolve)
    node.once('error', reject)
  })
  const { port: chosen } = node.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${chosen}`,
    close: async () => {
      const closed = new Promise<void>(resolve => node.close(() => resolve()))
      await server.close()
      // Connections that are kept alive have no request any more.
      if ('closeAllConnections' in node) node.closeAllConnections()
      await closed
    },
  }
}

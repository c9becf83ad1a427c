import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to a Postgres server that breaks as networks and servers do. */
export interface Proxy {
  /** That of the server, through the proxy. */
  readonly connectionString: string
  /** The answers to COMMIT that were lost so far. */
  readonly lostCommits: number
  /** What new connections do, and those that exist while it is set; see `Way`. */
  way: Way
  /** New connections lead to this server. */
  to(connectionString: string): void
  /** Ends all connections. */
  cut(): void
  close(): Promise<void>
}

/**
 * - `passes`: as if there were no proxy.
 * - `silent`: nothing arrives on either side, and no connection ends; one that was silent once stays so.
 * - `loses commits`: the server commits, and the connection ends before its answer arrives.
 * - `closes when ready`: the server closes each new connection with the same packet that says that it is ready.
 */
type Way = 'passes' | 'silent' | 'loses commits' | 'closes when ready'

const ready = Buffer.from('Z\0\0\0\x05I', 'latin1')
// https://www.postgresql.org/docs/current/protocol-error-fields.html
const fields = Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0', 'latin1')
const closed = Buffer.concat([Buffer.from('E\0\0\0', 'latin1'), Buffer.from([fields.length + 4]), fields])

interface Pair {
  readonly client: Socket
  readonly server: Socket
  isSilent: boolean
  losesAnswer: boolean
}

export async function startProxy(target: string): Promise<Proxy> {
  const network = new Network(target)
  const listener = createServer({ noDelay: true }, client => network.join(client))
  await once(listener.listen(0, '127.0.0.1'), 'listening')
  const address = new URL(target)
  address.port = String((listener.address() as AddressInfo).port)
  return {
    connectionString: address.href,
    get lostCommits() {
      return network.lostCommits
    },
    get way() {
      return network.way
    },
    set way(way) {
      network.change(way)
    },
    to: connectionString => {
      network.target = connectionString
    },
    cut: () => network.cut(),
    close: async () => {
      const closed = once(listener, 'close')
      listener.close()
      network.cut()
      await closed
    },
  }
}

class Network {
  target: string
  lostCommits = 0
  way: Way = 'passes'
  readonly #pairs = new Set<Pair>()

  constructor(target: string) {
    this.target = target
  }

  change(way: Way): void {
    this.way = way
    if (way === 'silent') for (const pair of this.#pairs) pair.isSilent = true
  }

  join(client: Socket): void {
    const { hostname, port } = new URL(this.target)
    const server = connect({ host: hostname, port: Number(port), noDelay: true })
    const pair: Pair = { client, server, isSilent: this.way === 'silent', losesAnswer: false }
    this.#pairs.add(pair)
    client.on('data', data => this.#sent(pair, data))
    server.on('data', data => this.#answered(pair, data))
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on('error', () => {})
      socket.once('close', () => {
        this.#pairs.delete(pair)
        // An end does not arrive either.
        if (!pair.isSilent || socket === client) other.destroy()
      })
    }
  }

  cut(): void {
    for (const { client, server } of this.#pairs) {
      client.destroy()
      server.destroy()
    }
  }

  #sent(pair: Pair, data: Buffer): void {
    if (pair.isSilent) return
    pair.losesAnswer = this.way === 'loses commits' && data.includes('COMMIT\0')
    pair.server.write(data)
  }

  #answered({ client, isSilent, losesAnswer }: Pair, data: Buffer): void {
    if (isSilent) return
    if (this.way === 'closes when ready' && data.includes(ready)) client.end(Buffer.concat([data, closed]))
    else if (!losesAnswer) client.write(data)
    else {
      this.lostCommits++
      client.destroy()
    }
  }
}

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import type { RunEvent } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { Random } from './random.ts'

/** The counts of requests by result. */
interface RemoteTally {
  requests: number
  /** Answered with 503 and nothing kept. */
  refused: number
  /** Kept, and answered late; some after the client's timeout. */
  late: number
  /** Kept, and the answer lost. */
  lost: number
  accepted: number
  duplicates: number
  conflicts: number
}

export interface RemoteServer {
  readonly address: string
  readonly tally: RemoteTally
  close(): Promise<void>
}

/**
 * A store behind HTTP on this machine, as unreliable as a network and a server that restarts.
 *
 * @param forgets acknowledges and keeps nothing: a store that loses data
 */
export async function startRemoteServer(store: Store, seed: number, forgets = false): Promise<RemoteServer> {
  const random = new Random(seed)
  const tally: RemoteTally = {
    requests: 0,
    refused: 0,
    late: 0,
    lost: 0,
    accepted: 0,
    duplicates: 0,
    conflicts: 0,
  }
  const server = createServer((request, response) => {
    answer(store, random, forgets, tally, request, response).catch(() => response.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const close = async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  return { address: `http://127.0.0.1:${port}/`, tally, close }
}

async function answer(
  store: Store,
  random: Random,
  forgets: boolean,
  tally: RemoteTally,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const records = JSON.parse(await text(request)) as RunEvent[]
  const mood = random.next()
  tally.requests++
  if (mood < 0.15) {
    tally.refused++
    response.writeHead(503).end(JSON.stringify({ retryAfterMs: random.below(60) }))
    return
  }
  if (mood < 0.2) await setTimeout(random.below(1000))
  const receipt = await store.append(forgets ? [] : records)
  tally.accepted += receipt.accepted
  tally.duplicates += receipt.duplicates
  tally.conflicts += receipt.conflicts
  if (mood < 0.3) {
    tally.lost++
    response.destroy()
    return
  }
  if (mood < 0.4) {
    tally.late++
    await setTimeout(random.below(1000))
  }
  response.end(JSON.stringify(receipt))
}

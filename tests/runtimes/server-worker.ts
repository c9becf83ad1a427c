// Runs in workerd: a server in front of a memory store for each key.
import { createServer, issueKey, type RuntapeServer } from '@runtape/server'
import { memoryStore } from '@runtape/testing'

const servers = new Map<string, RuntapeServer>()

/** An empty store behind a server, with a new key. */
async function newServer(): Promise<Response> {
  const { key, stored } = await issueKey(['admin'])
  const project = { store: memoryStore(), keys: { list: () => [stored] } }
  servers.set(`Bearer ${key}`, createServer({ projects: { test: project } }))
  return Response.json({ key })
}

export default {
  async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === '/new') return newServer()
    const server = servers.get(request.headers.get('authorization') ?? '')
    return server ? server.fetch(request) : new Response('no server', { status: 500 })
  },
}

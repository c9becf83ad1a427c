/** Accepts everything that the tools send, answers what they expect, and counts. */
import { createServer } from 'node:http'

const project = '00000000-0000-4000-8000-000000000001'
const received = { requests: 0, bytes: 0 }

/** Responses that some tools need before they send anything, by a part of the path. */
const replies = {
  'apikey/login': here => ({ org_info: [{ id: 'o', name: 'o', api_url: here, proxy_url: here }] }),
  'project/register': () => ({ project: { id: project, name: 'p', org_id: 'o' } }),
  '/received': () => received,
}

const server = createServer(async (request, response) => {
  for await (const chunk of request) received.bytes += chunk.length
  received.requests++
  const known = Object.keys(replies).find(part => request.url.includes(part))
  const reply = known ? replies[known](`http://${request.headers.host}`) : {}
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(reply))
})
server.listen(0, '127.0.0.1', () => process.send(server.address().port))
process.once('disconnect', () => process.exit())

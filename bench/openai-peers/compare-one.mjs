/** Runs the OpenAI contract against one tool and sends the result to its parent: `compare-one.mjs <tool>`. */
import { createServer } from 'node:http'
import { zodResponseFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import { openaiContractCases } from '../../packages/testing/dist/openai.js'
import { subjects } from './subjects.mjs'

const [tool] = process.argv.slice(2)
let received = 0
// A failed case may leave a pending promise behind.
process.on('unhandledRejection', () => {})
const collector = createServer(async (request, response) => {
  for await (const chunk of request) received += chunk.length
  const known = Object.keys(replies).find(part => request.url.includes(part))
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(known ? replies[known](`http://${request.headers.host}`) : {}))
})
/** Responses that some tools need before they send anything, by a part of the path. */
const replies = {
  'apikey/login': here => ({ org_info: [{ id: 'o', name: 'o', api_url: here, proxy_url: here }] }),
  'project/register': () => ({ project: { id: 'p-1', name: 'p', org_id: 'o' } }),
}
await new Promise(resolve => collector.listen(0, '127.0.0.1', resolve))

const { recorded, ...subject } = await subjects[tool](`http://127.0.0.1:${collector.address().port}`)
subject.timeFormat = () => zodResponseFormat(z.object({ hour: z.number(), minute: z.number() }), 'time')
const broken = []
for (const { title, check } of openaiContractCases) {
  await check(subject).catch(error => broken.push({ title, says: String(error.message).slice(0, 600) }))
}
await new Promise(resolve => setTimeout(resolve, 2000))
process.send({ all: openaiContractCases.length, broken, recorded: recorded?.() ?? received })
process.exit()

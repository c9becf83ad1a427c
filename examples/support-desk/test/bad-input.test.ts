import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newFolder, runDemo } from './run-demo.ts'

const stackLine = /^\s+at /m

test('the error for a malformed ai-configs.json names the path in it', async () => {
  const folder = newFolder()
  const configs = join(folder, 'ai-configs.json')
  writeFileSync(
    configs,
    JSON.stringify({ 'support-answer': { variations: { brief: { model: { name: 7 } } }, serve: 'brief' } }),
  )
  const { code, stderr } = await runDemo([], {
    SUPPORT_DESK_FOLDER: join(folder, 'data'),
    SUPPORT_DESK_CONFIGS: configs,
  })
  expect(code).toBe(1)
  expect(stderr).toContain(configs)
  expect(stderr).toContain('support-answer.variations.brief.model.name')
  expect(stderr).not.toMatch(stackLine)
})

test('the error for a read-only folder names it and the next step', async () => {
  const file = join(newFolder(), 'in-the-way')
  writeFileSync(file, '')
  const { code, stderr } = await runDemo([], { SUPPORT_DESK_FOLDER: join(file, 'data') })
  expect(code).toBe(1)
  expect(stderr).toContain('SUPPORT_DESK_FOLDER')
  expect(stderr).not.toMatch(stackLine)
})

test('a file that is not a database is left alone, and named', async () => {
  const folder = newFolder()
  writeFileSync(join(folder, 'support-desk.db'), 'a shopping list, long enough to be looked at. '.repeat(20))
  const { code, stderr } = await runDemo(['live'], { SUPPORT_DESK_FOLDER: folder })
  expect(code).toBe(1)
  expect(stderr).toContain('not an SQLite database')
  expect(stderr).not.toMatch(stackLine)
})

test('a replay without a thumbs-down says that there is nothing to replay', async () => {
  const { code, stderr } = await runDemo(['replay'], { SUPPORT_DESK_FOLDER: newFolder() })
  expect(code).toBe(1)
  expect(stderr).toContain("no trace of 'support.answer'")
  expect(stderr).not.toMatch(stackLine)
})

test('an unknown act is refused with the list of acts', async () => {
  const { code, stderr } = await runDemo(['encore'], { SUPPORT_DESK_FOLDER: newFolder() })
  expect(code).toBe(1)
  expect(stderr).toContain('live, crash, feedback, replay, look')
})

test('if a model server refuses every request, the demo ends with its reason', async () => {
  const server = createServer((_, response) =>
    response.writeHead(401).end('{"error":{"message":"Bad key."}}'),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const { code, stderr } = await runDemo([], {
    SUPPORT_DESK_FOLDER: newFolder(),
    OPENAI_API_KEY: 'wrong',
    OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
  })
  server.close()
  expect(code).toBe(1)
  expect(stderr).toContain('No ticket was answered')
  expect(stderr).toContain('Bad key.')
  expect(stderr).not.toMatch(stackLine)
})

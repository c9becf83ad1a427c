import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { testSchema, testServer } from '../../store-postgres/test/server.ts'
import { run } from '../../store-postgres/test/subject.ts'
import { newProject, runtapePath } from './project.ts'

const page = readFileSync(new URL('../../../docs/copy.md', import.meta.url), 'utf8')

test('the commands of docs/copy.md move a file to Postgres', { timeout: 120_000 }, async () => {
  const { folder } = await newProject()
  const [connectionString, schema] = [await testServer(), testSchema()]
  const address = `${connectionString}?schema=${schema}`
  const env = { ...process.env, NO_COLOR: '1', OWNER_URL: address, DATABASE_URL: address }
  const [, commands = ''] = /```sh\n([\s\S]*?)```/.exec(page) ?? []
  const printed: string[] = []
  for (const command of commands.trim().split('\n')) {
    const script = command.replace(/^npx runtape /, `"${process.execPath}" "${runtapePath}" `)
    const { stdout } = await promisify(execFile)('sh', ['-c', script], { cwd: folder, env })
    printed.push(stdout)
  }
  expect(printed).toHaveLength(5)
  expect(printed[0]).toContain('Created the tables')
  expect(printed[1]).toMatch(/^To read: .*events.*spans/)
  expect(printed[2]).toMatch(/Verified: the usage of 1 day equals that of the source\./)
  expect(printed[3]).toContain('Verified')
  expect(printed[4]).toMatch(/^Verified/)
  await run(connectionString, `DROP SCHEMA ${schema} CASCADE`)
})

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type EmbeddedServer, startEmbedded } from '../../store-postgres/test/embedded.mjs'
import { run } from '../../store-postgres/test/subject.ts'
import { postgresReleases, programsOf } from '../../store-postgres/test/versions.mjs'
import { follow, readPage, sectionsOf } from './page.ts'
import { newProject, type Project } from './project.ts'

/** The major version of the installed `pg_dump`, which reads servers up to its own. */
function dumpVersion(): number | undefined {
  try {
    return Number(/ (\d+)/.exec(execFileSync('pg_dump', ['--version'], { encoding: 'utf8' }))?.[1])
  } catch {
    return undefined
  }
}
const dump = dumpVersion()
const release = postgresReleases.find(each => each.startsWith(`${dump}.`))

let server: EmbeddedServer
let project: Project
let admin = ''
let env: Record<string, string>

beforeAll(async () => {
  // Roles belong to a server, so it is a separate one.
  server = await startEmbedded({}, release === undefined ? {} : { bin: await programsOf(release) })
  project = await newProject('empty')
  for (const name of ['app', 'restored']) await run(server.connectionString, `CREATE DATABASE ${name}`)
  const addressOf = (username: string, password = 'change-me', pathname = '/app') =>
    Object.assign(new URL(server.connectionString), { username, password, pathname }).href
  admin = addressOf('postgres', 'test')
  env = {
    OWNER_URL: addressOf('runtape_owner'),
    DATABASE_URL: addressOf('runtape_app'),
    READER_URL: addressOf('runtape_reader'),
    RESTORED_URL: addressOf('postgres', 'test', '/restored'),
  }
}, 300_000)
afterAll(() => server.remove())

const sections = sectionsOf(readPage('deploy.md'))

// In the order of the page: each goes on where the one before has ended.
for (const [title, section] of sections) {
  const needsDump = section.includes('pg_dump')
  test.skipIf(needsDump && release === undefined)(
    `the commands of "${title}" of docs/deploy.md do what it says${needsDump ? ' (needs pg_dump)' : ''}`,
    () => follow(section, { ...project, env, sql: text => run(admin, text) }),
    240_000,
  )
}

test('the application can do nothing but read and write rows, and the reader only read', async () => {
  for (const [url, statement] of [
    [env.DATABASE_URL, 'DROP TABLE runtape.runs'],
    [env.DATABASE_URL, 'CREATE TABLE runtape.mine (a int)'],
    [env.DATABASE_URL, 'TRUNCATE runtape.runs'],
    [env.READER_URL, 'DELETE FROM runtape.runs'],
    [env.READER_URL, `SELECT nextval('runtape.ids')`],
  ] as const)
    await expect(run(url ?? '', statement), statement).rejects.toThrow(/permission denied|must be owner/)
  expect(existsSync(`${project.folder}/outbox.db`)).toBe(true)
})

import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testSchema, testServer } from '../../../store-postgres/test/server.ts'
import { run as runSql } from '../../../store-postgres/test/subject.ts'
import { type ModelProject, newModelProject } from '../model-project.ts'
import { runtapePath } from '../project.ts'
import { comparable, type Running, watch } from './fleet.ts'

let project: ModelProject
let worker: Running
let server: string
const [schema, jobsSchema] = [testSchema(), testSchema()]
const store = () => ['--store', `${server}?schema=${schema}`]

beforeAll(async () => {
  server = await testServer()
  project = await newModelProject()
  symlinkSync(
    join(import.meta.dirname, '../../../store-postgres'),
    join(project.folder, 'node_modules/@runtape/store-postgres'),
  )
  const agent = readFileSync(join(project.folder, 'src/agent.ts'), 'utf8')
  project.write(
    'src/agent.ts',
    agent
      .replace(
        "import { sqliteStore } from '@runtape/store-sqlite'",
        "import { postgresStore } from '@runtape/store-postgres'",
      )
      .replace(
        "sqliteStore('runtape.db')",
        `postgresStore({ connectionString: '${server}', schema: '${schema}' })`,
      ),
  )
  project.write(
    'checks/polite.ts',
    `export const polite = { name: 'polite', evaluate: ({ result }: { result: string }) => ({ score: result.length / 100, reasoning: 'length' }) }`,
  )
  project.write(
    'checks/options.ts',
    `export const options = {
  overrides: { 'orders.lookup': ({ input }: { input: [string] }) => ({ order: input[0], status: process.env.STATUS ?? 'lost' }) },
  adaptInputs: ([order]: [string]) => [order === 'A-2' ? 'none' : order],
}`,
  )
  expect(await project.record()).toMatchObject({ code: 0 })
  worker = watch(
    [runtapePath, 'worker', './src/agent.ts#answer', ...store(), '--jobs-schema', jobsSchema],
    project.folder,
    {
      HOST: project.host.url,
    },
  )
}, 120_000)

afterAll(async () => {
  worker.child.kill('SIGTERM')
  expect(await worker.ended()).toBe(0)
  await project.host.close()
  for (const name of [schema, jobsSchema]) await runSql(server, `DROP SCHEMA IF EXISTS ${name} CASCADE`)
})

const here = { HOST: '' }
const both = ['--evaluator', './checks/polite.ts#polite', '--evaluator', 'json-diff:threshold=0.5']

test.each([
  ['the cost limit', ['--concurrency', '1', '--max-cost', '0.30']],
  ['attempts and their limit', ['--concurrency', '1', '--attempts', '3', '--max-cost', '0.80']],
  [
    'evaluators, thresholds, options with functions, and variables',
    [...both, '--threshold', 'polite=0.9', '--with', './checks/options.ts#options'],
  ],
  ['mocks of everything, in a process each', ['--mock', 'all', '--isolate', '--must-run', 'support.prompt']],
  ['misses that run, the cost, and a part', ['--on-miss', 'run', '--prices', '--shard', '1/2']],
])(
  '%s: the report is that of one process',
  async (name, words) => {
    const env = { HOST: project.host.url, STATUS: 'found' }
    const part = name.includes('a part') ? (id: string) => ['--test-run', id] : () => []
    const replay = ['replay', './src/agent.ts#answer', ...store(), '--reporter', 'json,junit', ...words]
    const alone = watch([runtapePath, ...replay, ...part('alone'), '--out', 'alone'], project.folder, env)
    const code = await alone.ended()
    expect([0, 1], alone.said()).toContain(code)
    const pool = [
      '--workers',
      'pg',
      '--env',
      'STATUS',
      '--jobs-schema',
      jobsSchema,
      ...part('together'),
      '--out',
      'together',
    ]
    const together = watch([runtapePath, ...replay, ...pool], project.folder, { ...env, ...here })
    expect([await together.ended(), together.said()]).toEqual([code, expect.not.stringContaining('refuses')])
    expect(reportIn('together')).toEqual(reportIn('alone'))
    expect(junitIn('together')).toBe(junitIn('alone'))
  },
  90_000,
)

const reportIn = (folder: string) =>
  comparable(readFileSync(join(project.folder, folder, 'report.json'), 'utf8'))

const junitIn = (folder: string) =>
  readFileSync(join(project.folder, folder, 'junit.xml'), 'utf8')
    .replaceAll(/time="[\d.]+"/g, 'time')
    .replaceAll(/testRunId" value="[^"]*"/g, 'testRunId')
    .replaceAll(/[\d.]+ m?s\b/g, 'a while')
    .replaceAll(/[0-9a-f]{32}/g, 'an id')

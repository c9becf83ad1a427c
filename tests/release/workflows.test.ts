import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}

interface Workflow {
  readonly permissions: unknown
  readonly jobs: Readonly<
    Record<
      string,
      { readonly steps: readonly Step[]; readonly permissions?: object; readonly 'timeout-minutes': number }
    >
  >
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, '.github/workflows')
const read = (file: string) => parse(readFileSync(join(folder, file), 'utf8')) as Workflow
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

test.each(readdirSync(folder))('%s starts only what exists, with no more rights than it needs', file => {
  const { jobs, permissions } = read(file)
  expect(permissions).toBeDefined()
  for (const job of Object.values(jobs)) {
    expect(job['timeout-minutes']).toBeGreaterThan(0)
    for (const { uses, run, with: given = {} } of job.steps) {
      if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@v\d+$/)
      for (const command of [run, given.version, given.publish].filter(text => typeof text === 'string')) {
        const [, script] = /^npm (?:run )?([\w-]+)/.exec(command) ?? []
        if (script !== undefined) expect(scripts).toHaveProperty(script)
        for (const [path] of command.matchAll(/scripts\/[\w./-]+/g))
          expect(existsSync(join(root, path))).toBe(true)
      }
    }
  }
})

test('the release refuses the placeholder before anything else, and signs where the packages come from', () => {
  const { release } = read('release.yml').jobs
  const runs = release?.steps.flatMap(({ run }) => run ?? [])
  expect(runs?.[0]).toBe('node scripts/release.mjs check')
  expect(release?.permissions).toMatchObject({ 'id-token': 'write' })
})

test('the tests run on Linux, macOS and Windows, under each supported Node', () => {
  expect(read('ci.yml').jobs.test).toMatchObject({
    strategy: {
      matrix: {
        os: ['ubuntu-latest', 'macos-latest', 'windows-latest'],
        node: ['22.13', '24', '26'],
      },
    },
  })
})

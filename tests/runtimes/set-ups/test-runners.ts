import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Project, SetUp } from './set-up.ts'

/** A test that runs the program of the README, and keeps what it prints in a file. */
const testOf = (imports: string): string => `${imports}
import { appendFileSync } from 'node:fs'

test('the program of the README', async () => {
  console.log = text => appendFileSync('printed.txt', text + '\\n')
  await import('./program.mjs')
  expect(1).toBe(1)
}, 60_000)
`
const printed = (project: Project): Promise<string> =>
  project.node(['-p', "require('node:fs').readFileSync('printed.txt', 'utf8').trimEnd()"])

const vitest = (version: string, wanted = `vitest@${version}`): SetUp => ({
  name: 'vitest',
  version,
  wanted: [wanted],
  run: async project => {
    writeFileSync(join(project.folder, 'program.test.mjs'), testOf(`import { expect, test } from 'vitest'`))
    await project.node([project.fileOf('vitest/vitest.mjs'), 'run', 'program.test.mjs'])
    return printed(project)
  },
})

export const testRunners: readonly SetUp[] = [
  vitest('3.2.4'),
  vitest('4.0.15'),
  vitest('5.1.1', 'vitest'),
  {
    name: 'Jest',
    version: '30.5.2',
    wanted: ['jest@30.5.2'],
    note: 'its own ES modules: `NODE_OPTIONS=--experimental-vm-modules`',
    run: async project => {
      writeFileSync(join(project.folder, 'program.test.mjs'), testOf(''))
      const config = JSON.stringify({ testMatch: ['**/*.test.mjs'], transform: {} })
      await project.node([
        '--experimental-vm-modules',
        project.fileOf('jest/bin/jest.js'),
        `--config=${config}`,
      ])
      return printed(project)
    },
  },
]

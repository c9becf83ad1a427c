import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodes } from './runtimes.ts'
import type { Project, SetUp } from './set-up.ts'

const plainJest = (project: Project): void => {
  const code = `const { appendFileSync } = require('node:fs')
test('the program of the README', async () => {
  console.log = text => appendFileSync('printed.txt', text + '\\n')
  await require('./program.cjs')
}, 60_000)
`
  writeFileSync(join(project.folder, 'program.test.cjs'), code)
}
const match = { testMatch: ['**/*.test.cjs'] }

async function runJest(
  project: Project,
  node: string,
  config: object,
  flags: readonly string[] = [],
): Promise<string> {
  plainJest(project)
  await project.run(node, [
    ...flags,
    project.fileOf('jest/bin/jest.js'),
    `--config=${JSON.stringify({ ...match, ...config })}`,
  ])
  return project.node(['-p', "require('node:fs').readFileSync('printed.txt', 'utf8').trimEnd()"])
}

export const commonjs: readonly SetUp[] = [
  ...nodes.map(
    ({ version, node }): SetUp => ({
      name: 'Node',
      version,
      wanted: [],
      run: async project =>
        project.run(await node(), ['--disable-warning=ExperimentalWarning', 'program.cjs']),
    }),
  ),
  {
    name: 'esbuild',
    version: '0.28.2',
    wanted: ['esbuild'],
    run: async project => {
      const flags = ['--bundle', '--platform=node', '--format=cjs', '--outfile=built/program.cjs']
      await project.node([project.fileOf('esbuild/bin/esbuild'), 'program.cjs', ...flags])
      return project.node(['--disable-warning=ExperimentalWarning', 'built/program.cjs'])
    },
  },
  {
    name: 'Jest on Node 24',
    note: '`NODE_OPTIONS=--experimental-vm-modules`',
    version: '30.5.2',
    wanted: ['jest@30.5.2'],
    run: project => runJest(project, process.execPath, { transform: {} }, ['--experimental-vm-modules']),
  },
  {
    name: 'Jest on Node 22',
    note: 'with the `transform` below',
    version: '30.5.2',
    wanted: [
      'jest@30.5.2',
      '@babel/core@7.28.5',
      '@babel/plugin-transform-modules-commonjs@7.27.1',
      'babel-jest@30.5.2',
    ],
    run: async project => {
      const [oldest] = nodes
      if (!oldest) throw new Error('No Node is supported.')
      return runJest(project, await oldest.node(), jestTransform)
    },
  },
]

/** For Node before 24.9, where Jest cannot load ES modules from CommonJS. */
export const jestTransform = {
  transform: { '\\.js$': ['babel-jest', { plugins: ['@babel/plugin-transform-modules-commonjs'] }] },
  // Also ours, and what they import.
  transformIgnorePatterns: [],
}

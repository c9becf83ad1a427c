import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { olderThan } from './env.mjs'
import { StepFailed } from './process.mjs'

const DEMO = 'examples/support-desk/src/demo.ts'

/** What each task runs, one after the other, as arguments of node. */
const TASKS = {
  build: () => [],
  check: () => [['scripts/check.mjs']],
  test: () => [['scripts/run-tests.mjs']],
  demo: root => [existing(root, DEMO)],
  bench: root => benchFiles(root).map(file => [file]),
  'node-versions': () => [['scripts/node-versions.mjs']],
}

export const taskNames = Object.keys(TASKS)

/** The checks build for themselves, so that a build that fails is one line of their summary. */
export const needsBuild = task => task !== 'check'

/** The node command lines of a task; `extra` goes to the end of each. */
export function taskCommands(root, task, nodeVersion, extra) {
  return TASKS[task](root).map(script => [...flagsFor(nodeVersion), ...script, ...extra])
}

/** Node strips types by itself from 22.18 on; before that it asks for a flag. */
export function flagsFor(nodeVersion) {
  const silence = '--disable-warning=ExperimentalWarning'
  return olderThan(nodeVersion, '22.18.0') ? [silence, '--experimental-strip-types'] : [silence]
}

function existing(root, file) {
  if (!existsSync(join(root, file))) throw new StepFailed(`${file} does not exist.`)
  return [file]
}

function benchFiles(root) {
  const folder = join(root, 'bench', 'src')
  const files = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.bench.ts')) : []
  if (files.length === 0) throw new StepFailed('There is no benchmark in bench/src.')
  return files.sort().map(name => `bench/src/${name}`)
}

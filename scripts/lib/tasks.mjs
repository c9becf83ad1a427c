import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { olderThan } from './env.mjs'
import { StepFailed } from './process.mjs'

const DEMO = 'examples/support-desk/src/demo.ts'

/**
 * Each task: what must be there before it starts (`tools`, also the workspace's `modules`, also the `build`)
 * and the scripts that it runs, one after the other. Checks run the build themselves, so that a failed build
 * is one line of their summary.
 */
const TASKS = {
  build: { needs: 'build', scripts: () => [] },
  check: { needs: 'modules', scripts: () => ['scripts/check.mjs'] },
  test: { needs: 'build', scripts: () => ['scripts/run-tests.mjs'] },
  demo: { needs: 'build', scripts: root => [existing(root, DEMO)] },
  bench: { needs: 'build', scripts: benchFiles },
  soak: { needs: 'build', scripts: () => ['soak/src/soak.ts'] },
  'node-versions': { needs: 'build', scripts: () => ['scripts/node-versions.mjs'] },
  ci: { needs: 'build', scripts: () => ['scripts/ci.mjs'] },
  // Any command, with the tools of the workspace; it may be the one that repairs the modules.
  with: { needs: 'tools' },
}

export const taskNames = Object.keys(TASKS)

const STAGES = ['tools', 'modules', 'build']

/** True when `task` cannot start before `stage` is done. */
export function needs(task, stage) {
  return STAGES.indexOf(TASKS[task].needs) >= STAGES.indexOf(stage)
}

/** The command lines of a task; `extra` goes to the end of each. */
export function taskCommands(root, task, { node, nodeVersion }, extra) {
  if (task === 'with') return [extra]
  return TASKS[task].scripts(root).map(script => [node, ...flagsFor(nodeVersion), script, ...extra])
}

/** Node strips types by default from 22.18 on; before that it needs a flag. */
export function flagsFor(nodeVersion) {
  const silence = '--disable-warning=ExperimentalWarning'
  return olderThan(nodeVersion, '22.18.0') ? [silence, '--experimental-strip-types'] : [silence]
}

function existing(root, file) {
  if (!existsSync(join(root, file))) throw new StepFailed(`${file} does not exist.`)
  return file
}

function benchFiles(root) {
  const folder = join(root, 'bench', 'src')
  const files = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.bench.ts')) : []
  if (files.length === 0) throw new StepFailed('There is no benchmark in bench/src.')
  return files.sort().map(name => `bench/src/${name}`)
}

// Starts every task of this repository: `node scripts/bootstrap.mjs <task> [arguments]`. It needs a Node from
// 20 on and npm, nothing else: what is missing it fetches, into .tools and node_modules.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { olderThan, workspaceEnv } from './lib/env.mjs'
import { withLock } from './lib/lock.mjs'
import { runInFront, StepFailed } from './lib/process.mjs'
import { needsBuild, taskCommands, taskNames } from './lib/tasks.mjs'
import { installTools, neededTools, toolPaths, toolsReady } from './lib/tools.mjs'
import { buildWorkspace, installReady, installStamp, installWorkspace } from './lib/workspace.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
// stdout belongs to the task.
const say = line => process.stderr.write(`${line}\n`)

async function main([task, ...extra]) {
  if (olderThan(process.versions.node, '20.0.0')) {
    throw new StepFailed(
      `This is Node ${process.versions.node}. Install Node 20 or newer, then run the same command again.`,
    )
  }
  if (!taskNames.includes(task)) {
    throw new StepFailed(`Unknown task "${task ?? ''}". Tasks: ${taskNames.join(', ')}.`)
  }
  const needed = neededTools(process.versions.node, process.platform, process.arch)
  const paths = toolPaths(root, needed)
  const env = workspaceEnv(process.env, root, paths)
  await prepare(task, needed, paths, env)
  return runTask(task, extra, needed, paths, env)
}

/** One at a time, so that two runs at once do not write the same files. */
function prepare(task, needed, paths, env) {
  const work = async () => {
    await installAll(needed, paths, env)
    if (needsBuild(task)) await buildWorkspace(root, paths, env)
  }
  const onWait = owner => say(`Waiting for another run (process ${owner}) to finish its set-up…`)
  return withLock(join(root, '.tools', 'lock'), work, onWait)
}

async function installAll(needed, paths, env) {
  if (!toolsReady(root, needed, paths)) {
    const names = Object.entries(needed).map(entry => entry.join(' '))
    say(`Fetching ${names.join(' and ')} (once)…`)
    await installTools(root, needed)
  }
  const stamp = installStamp(root)
  if (installReady(root, stamp)) return
  say('Installing the workspace…')
  await installWorkspace(root, paths, env, stamp)
  say('Installed. The first build takes a few seconds…')
}

async function runTask(task, extra, needed, paths, env) {
  const commands = taskCommands(root, task, chosenVersion(needed), extra)
  let worst = 0
  for (const args of commands) {
    const code = await runInFront(paths.node, args, { cwd: root, env })
    worst = Math.max(worst, code)
  }
  return worst
}

function chosenVersion(needed) {
  const carried = Object.entries(needed).find(([name]) => name !== 'pnpm')
  return carried ? carried[1] : process.versions.node
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (error.output) process.stderr.write(error.output)
  say(error instanceof StepFailed ? error.message : (error?.stack ?? String(error)))
  // Whoever reads only the closing line of a test run must see a failure there too.
  if (process.argv[2] === 'test') console.log('0 passed, 1 failed')
  process.exitCode = 1
}

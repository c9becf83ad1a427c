// Starts every task of this repository: `node scripts/bootstrap.mjs <task> [arguments]`. It needs a Node from
// 20 on and npm, nothing else: it fetches everything missing into .tools and node_modules.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { olderThan, workspaceEnv } from './lib/env.mjs'
import { withLock } from './lib/lock.mjs'
import { runInFront, StepFailed } from './lib/process.mjs'
import { needs, taskCommands, taskNames } from './lib/tasks.mjs'
import { fetchNode, fetchPnpm, neededTools, toolPaths } from './lib/tools.mjs'
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
  if (task === 'with' && extra.length === 0) throw new StepFailed('with: name a command to run.')
  // Tests import other packages by their build.
  const prepared = task === 'with' && extra[0] === 'vitest' ? 'test' : task
  await prepare(prepared, needed, paths, env)
  return runTask(task, extra, { node: paths.node, nodeVersion: chosenVersion(needed) }, env)
}

/** One at a time, so that two concurrent runs do not write the same files. */
function prepare(task, needed, paths, env) {
  const work = async () => {
    await installAll(task, needed, paths, env)
    if (needs(task, 'build')) await buildWorkspace(root, paths, env)
  }
  const onWait = owner => say(`Waiting for another run (process ${owner}) to finish its set-up…`)
  return withLock(join(root, '.tools', 'lock'), work, onWait)
}

async function installAll(task, needed, paths, env) {
  await fetchPnpm(root, needed.pnpm, say)
  // pnpm works with an older Node, so the newer one can download meanwhile.
  await allOrFirstFailure([
    needed.node && fetchNode(root, needed.node, say),
    needs(task, 'modules') && installIfChanged(process.execPath, chosenVersion(needed), paths, env),
  ])
}

async function installIfChanged(node, targetVersion, paths, env) {
  const stamp = installStamp(root)
  if (installReady(root, stamp)) return
  say('Installing the workspace…')
  await installWorkspace(root, { node, targetVersion, pnpm: paths.pnpm, env, stamp })
  say('Installed. The first build takes a few seconds…')
}

/** Waits for all of them to end, so that none continues after an error message. */
async function allOrFirstFailure(promises) {
  const failed = (await Promise.allSettled(promises)).find(({ status }) => status === 'rejected')
  if (failed) throw failed.reason
}

async function runTask(task, extra, tools, env) {
  let worst = 0
  for (const [command, ...args] of taskCommands(root, task, tools, extra)) {
    const code = await runInFront(command, args, { cwd: root, env })
    worst = Math.max(worst, code)
  }
  return worst
}

function chosenVersion({ node }) {
  return node ? node.version : process.versions.node
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (error.output) process.stderr.write(error.output)
  say(error instanceof StepFailed ? error.message : (error?.stack ?? String(error)))
  // The closing line of a test run must show a failure, too.
  if (['test', 'ci'].includes(process.argv[2])) console.log('0 passed, 1 failed')
  process.exitCode = 1
}

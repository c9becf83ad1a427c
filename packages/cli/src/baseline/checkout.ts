import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { Misuse } from '../arguments/usage-error.ts'
import { type Git, gitIn, lineOf, partsOf } from '../git/run-git.ts'
import { type BaselinePlace, start } from '../process/start.ts'
import { startSweeper } from './sweeper.ts'

/** A commit that is checked out into a temporary folder. */
export interface Checkout extends BaselinePlace {
  /** The counterpart of the folder that the command was started in. */
  readonly cwd: string
  /** Removes the folder and the worktree. */
  remove(): Promise<void>
}

/**
 * Checks a commit out into a temporary worktree. The installed packages and the untracked `.env` files of the project are linked
 * into it. A second process removes the worktree if this one dies.
 *
 * @param top the root of the repository
 */
export async function checkOut(top: string, commit: string): Promise<Checkout> {
  requireInside(top, realpathSync(start.folder))
  const git = gitIn(top)
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'runtape-baseline-')))
  const checkout = join(home, 'code')
  // Started first, so that it removes an incomplete checkout too.
  const sweeper = startSweeper(top, home)
  try {
    await addWorktree(git, checkout, commit)
    const cwd = join(checkout, relative(top, realpathSync(start.folder)))
    mkdirSync(cwd, { recursive: true })
    await linkPackages(git, top, checkout)
    for (const folder of new Set([top, realpathSync(start.folder)]))
      linkSettings(folder, join(checkout, relative(top, folder)))
    return { folder: start.folder, top, checkout, cwd, remove: sweeper.sweep }
  } catch (error) {
    await sweeper.sweep()
    throw error
  }
}

async function addWorktree(git: Git, checkout: string, commit: string): Promise<void> {
  let said = 'Try it yourself to see why.'
  const added = await git(['worktree', 'add', '--detach', '--quiet', checkout, commit], {
    timeoutMs: 600_000,
    onRefusal: reason => {
      said = `Git says: ${reason}`
    },
  })
  if (added === undefined) throw new Misuse(`git worktree add ${commit.slice(0, 12)} failed. ${said}`)
}

/** The counterpart of a folder elsewhere would not be in the checkout. */
function requireInside(top: string, folder: string): void {
  const path = relative(top, folder)
  if (!isAbsolute(path) && !/^\.\.([\\/]|$)/.test(path)) return
  throw new Misuse(
    `--baseline: start the command inside the repository ${top} (it was started in ${folder}).`,
  )
}

async function linkPackages(git: Git, top: string, checkout: string): Promise<void> {
  const manifests = partsOf(await git(['ls-files', '-z', '--', 'package.json', '*/package.json']))
  const folders = new Set([
    top,
    realpathSync(start.folder),
    ...manifests.map(path => join(top, dirname(path))),
  ])
  for (const folder of folders)
    link(join(folder, 'node_modules'), join(checkout, relative(top, folder), 'node_modules'))
  // Node also looks above the repository.
  for (let above = dirname(top); dirname(above) !== above; above = dirname(above))
    if (link(join(above, 'node_modules'), join(dirname(checkout), 'node_modules'))) return
}

function linkSettings(folder: string, into: string): void {
  for (const name of readdirSync(folder))
    if (/^\.env(\.|$)/.test(name)) link(join(folder, name), join(into, name))
}

/** Links `from` if it exists. Returns whether it does. */
function link(from: string, to: string): boolean {
  if (!existsSync(from)) return false
  if (!existsSync(dirname(to)) || existsSync(to)) return true
  // A junction, the link that Windows allows everyone, leads to folders only.
  if (process.platform === 'win32' && statSync(from).isFile()) copyFileSync(from, to)
  else symlinkSync(from, to, 'junction')
  return true
}

/** The full id of a commit. @throws {Misuse} if there is none */
export async function commitOf(git: Git, ref: string): Promise<string> {
  const commit = lineOf(await git(['rev-parse', '-q', '--verify', '--end-of-options', `${ref}^{commit}`]))
  if (commit !== undefined) return commit
  throw new Misuse(
    `--baseline: git knows no commit "${ref}". Name a branch, tag or commit; a shallow clone needs git fetch --unshallow.`,
  )
}

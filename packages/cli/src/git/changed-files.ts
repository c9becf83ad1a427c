import { relative, sep } from 'node:path'
import type { CodeChangeFile } from '@runtape/core/store'
import pLimit from 'p-limit'
import { contentNow, contentThen, onlyNamed } from './kept-content.ts'
import { type Git, partsOf } from './run-git.ts'

/** Maximum number of files that are kept with their contents, and of files that are listed. */
const maxContents = 50
const maxFiles = 500
const maxCharacters = 1_000_000
// For a list of file names from git.
const maxBytes = 50_000_000

/** The files of the working tree that differ from a commit, new ones included. */
export interface ChangedFiles {
  readonly files: readonly CodeChangeFile[]
  /** Number of all changed files; `files` may be shorter. */
  readonly count: number
}

/**
 * @param top the root of the repository
 * @param folder whose files come first, if there are too many
 */
export async function changedFiles(
  git: Git,
  commit: string,
  top: string,
  folder: string,
): Promise<ChangedFiles> {
  const plain = ['--no-ext-diff', '--no-textconv', '--no-renames', '--ignore-submodules=dirty', '-z']
  const [tracked, added] = await Promise.all([
    git(['diff', '--name-only', ...plain, commit, '--'], { maxBytes }),
    git(['ls-files', '--others', '--exclude-standard', '-z'], { maxBytes }),
  ])
  const near = relative(top, folder).split(sep).join('/')
  const isNear = (path: string) => near === '' || path.startsWith(`${near}/`)
  const paths = [...new Set([...partsOf(tracked), ...partsOf(added)])].sort(
    (a, b) => Number(isNear(b)) - Number(isNear(a)) || (a < b ? -1 : 1),
  )
  const limit = pLimit(4)
  const read = (path: string, place: number) => limit(() => fileOf({ git, commit, top }, path, place))
  const files = await Promise.all(paths.slice(0, maxFiles).map(read))
  return { files: withinLimit(files), count: paths.length }
}

interface Repository {
  readonly git: Git
  readonly commit: string
  readonly top: string
}

const named = (path: string, omitted: string): CodeChangeFile => ({ path, before: '', after: '', omitted })

async function fileOf(
  { git, commit, top }: Repository,
  path: string,
  place: number,
): Promise<CodeChangeFile> {
  const why = onlyNamed(path) ?? (place >= maxContents ? 'too many files' : undefined)
  if (why !== undefined) return named(path, why)
  const [before, after] = await Promise.all([contentThen(git, commit, path), contentNow(top, path)])
  if ('omitted' in before) return named(path, before.omitted)
  if ('omitted' in after) return named(path, after.omitted)
  return { path, before: before.text, after: after.text }
}

function withinLimit(files: readonly CodeChangeFile[]): CodeChangeFile[] {
  let left = maxCharacters
  return files.map(file => {
    left -= file.before.length + file.after.length
    return left < 0 ? named(file.path, 'too many files') : file
  })
}

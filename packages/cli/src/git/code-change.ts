import { realpath } from 'node:fs/promises'
import type { ReplayOptions } from '@runtape/replay'
import { start } from '../process/start.ts'
import { changedFiles } from './changed-files.ts'
import { type Head, readHead } from './head.ts'
import { gitIn, lineOf } from './run-git.ts'

/** What git knows about the replayed code. */
export type CodeChange = Pick<
  ReplayOptions,
  'commit' | 'branch' | 'codeChangeDescription' | 'codeChangeFiles'
>

/**
 * The code change in the repository around `folder`; empty without a repository or without git. It compares the working tree with
 * the merge base of the main branch, or with the last commit if the merge base is unknown.
 */
export async function codeChangeOf(folder: string, env: NodeJS.ProcessEnv = start.env): Promise<CodeChange> {
  try {
    const git = gitIn(folder, env)
    const top = lineOf(await git(['rev-parse', '--show-toplevel']))
    return top === undefined ? {} : await changeIn(top, await realpath(folder), env)
  } catch {
    // The replay does not need these facts.
    return {}
  }
}

async function changeIn(top: string, folder: string, env: NodeJS.ProcessEnv): Promise<CodeChange> {
  const git = gitIn(top, env)
  const head = await readHead(git, env)
  const { commit, branch, base } = head
  const from = base?.commit ?? commit
  const { files, count } = from ? await changedFiles(git, from, top, folder) : { files: [], count: 0 }
  return {
    ...(commit !== undefined && { commit }),
    ...(branch !== undefined && { branch }),
    codeChangeDescription: described(head, count),
    ...(files.length > 0 && { codeChangeFiles: files }),
  }
}

/** `Answer politely (1a2b3c4 on polite), 2 files changed since main, with uncommitted changes`. */
function described({ commit, subject, branch, isDirty, base }: Head, count: number): string {
  const at = [commit?.slice(0, 7), branch && `on ${branch}`].filter(Boolean).join(' ')
  const what = subject === undefined ? at || 'no commit' : `${subject}${at && ` (${at})`}`
  const files = count === 1 ? '1 file' : `${count} files`
  const changed = count > 0 && `${files} changed since ${base?.name ?? 'the last commit'}`
  return [what, changed, isDirty && 'with uncommitted changes'].filter(Boolean).join(', ')
}

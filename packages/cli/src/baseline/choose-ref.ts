import { Misuse } from '../arguments/usage-error.ts'
import { readHead } from '../git/head.ts'
import type { Git } from '../git/run-git.ts'
import { start } from '../process/start.ts'
import { commitOf } from './checkout.ts'
import { defaultRef } from './default-ref.ts'

/** The code before the change. */
export interface ChosenRef {
  readonly commit: string
  /** `main (1a2b3c4)`. */
  readonly description: string
}

/**
 * The given ref. Default: HEAD if files are changed, otherwise the merge base with the main branch.
 *
 * @throws {Misuse} if there is no such commit, or the code has not changed since
 */
export async function chooseRef(git: Git, ref: string): Promise<ChosenRef> {
  if (ref !== defaultRef) return shown(await commitOf(git, ref), ref)
  const { commit, isChanged, base } = await readHead(git, start.env)
  if (commit === undefined) throw new Misuse('--baseline needs a commit, and this repository has none.')
  if (isChanged) return shown(commit, 'HEAD')
  if (base && base.commit !== commit) return shown(base.commit, `merge base with ${base.name}`)
  throw new Misuse(
    base
      ? `--baseline: the code is ${base.name} itself, and no file is changed. Name the code before the change: --baseline HEAD~1.`
      : '--baseline: git knows no main branch to compare with. Name the code before the change: --baseline <ref>. In a shallow clone fetch it first.',
  )
}

const shown = (commit: string, name: string): ChosenRef => ({
  commit,
  description: commit.startsWith(name) ? commit.slice(0, 12) : `${name} (${commit.slice(0, 7)})`,
})

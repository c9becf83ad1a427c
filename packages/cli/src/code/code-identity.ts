import { realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { gitIn, lineOf } from '../git/run-git.ts'
import { moduleGraph } from './module-graph.ts'

/** Identifies code across machines. */
export interface CodeIdentity {
  /** The commit that is checked out; absent outside a repository. */
  readonly commit?: string
  /** Of the modules and what they import. */
  readonly hash: string
}

/** @param modules absolute paths; the first one exports the replayed function */
export async function codeIdentity(modules: readonly string[]): Promise<CodeIdentity> {
  const entries = modules.map(path => realpathSync(path))
  const commit = lineOf(
    await gitIn(dirname(entries[0] ?? '.'))(['rev-parse', '-q', '--verify', 'HEAD^{commit}']),
  )
  return { hash: moduleGraph(entries).hash, ...(commit !== undefined && { commit }) }
}

/** A commit that one of both does not know does not differ. */
export const isSameCode = (one: CodeIdentity, other: CodeIdentity): boolean =>
  one.hash === other.hash &&
  (one.commit === other.commit || one.commit === undefined || other.commit === undefined)

/** `commit 1a2b3c4, hash 5d6e7f8a`. */
export const shownCode = ({ commit, hash }: CodeIdentity): string =>
  `${commit === undefined ? 'no commit' : `commit ${commit.slice(0, 7)}`}, hash ${hash.slice(0, 8)}`

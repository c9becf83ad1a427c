import { type Git, lineOf } from './run-git.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The state of the code in a repository. */
export interface Head {
  /** Absent in a repository without commits. */
  readonly commit?: string
  /** The first line of the commit's message. */
  readonly subject?: string
  /** Absent where neither git nor the CI service knows it. */
  readonly branch?: string
  /** Whether files differ from the commit, or are new. */
  readonly isDirty: boolean
  /** Whether files of the commit are changed: a new file alone, such as a report, changes nothing. */
  readonly isChanged: boolean
  /** The commit that the change starts from, and its name; absent if it is unknown, as in a shallow clone. */
  readonly base?: { readonly commit: string; readonly name: string }
}

/** @param env of a CI service, which checks out a commit without its branch */
export async function readHead(git: Git, env: Env): Promise<Head> {
  const [checkedOut, status, named] = await Promise.all([
    git(['rev-parse', '-q', '--verify', 'HEAD^{commit}']).then(lineOf),
    git(['status', '--porcelain', '-z', '--untracked-files=normal'], { maxBytes: 50_000_000 }),
    git(['symbolic-ref', '-q', '--short', 'HEAD']).then(lineOf),
  ])
  const isDirty = (status ?? '') !== ''
  const isChanged = (status ?? '').split('\0').some(entry => /^(?!\?\?|!!).. /.test(entry))
  const branch = named ?? branchInCi(env)
  if (checkedOut === undefined) return { isDirty, isChanged, ...(branch !== undefined && { branch }) }
  const merged = await mergedByGitHub(git, checkedOut, env)
  const commit = merged?.head ?? checkedOut
  const [subject, base] = await Promise.all([
    git(['log', '-1', '--format=%s', commit]).then(lineOf),
    merged ? baseOf(git, merged.base, env) : mergeBase(git, checkedOut, env),
  ])
  return {
    commit,
    ...(subject !== undefined && { subject }),
    ...(branch !== undefined && { branch }),
    isDirty,
    isChanged,
    ...(base && { base }),
  }
}

const branchVariables = [
  'GITHUB_HEAD_REF',
  'CI_MERGE_REQUEST_SOURCE_BRANCH_NAME',
  'CI_COMMIT_BRANCH',
  'BUILDKITE_BRANCH',
  'CIRCLE_BRANCH',
  'SYSTEM_PULLREQUEST_SOURCEBRANCH',
  'BUILD_SOURCEBRANCH',
  'CHANGE_BRANCH',
  'BRANCH_NAME',
]

function branchInCi(env: Env): string | undefined {
  const own = env.GITHUB_REF_TYPE === 'branch' ? env.GITHUB_REF_NAME : undefined
  const branch = branchVariables.map(name => env[name]).find(Boolean) ?? own
  return branch?.replace(/^refs\/heads\//, '')
}

/**
 * For a pull request GitHub checks out a merge of it that is in no branch. Its parents are the target and the pull request; a
 * shallow clone lacks the parents, but the commit names them.
 */
async function mergedByGitHub(git: Git, commit: string, env: Env) {
  if (!/^refs\/pull\/\d+\/merge$/.test(env.GITHUB_REF ?? '') || env.GITHUB_SHA !== commit) return undefined
  const text = await git(['cat-file', 'commit', commit])
  const [base, head, more] = [...(text ?? '').matchAll(/^parent ([0-9a-f]{40,64})$/gm)].map(([, id]) => id)
  return base !== undefined && head !== undefined && more === undefined ? { base, head } : undefined
}

async function baseOf(git: Git, commit: string, env: Env): Promise<Head['base']> {
  const isThere = await git(['cat-file', '-e', `${commit}^{tree}`])
  return isThere === undefined ? undefined : { commit, name: env.GITHUB_BASE_REF || 'the base branch' }
}

const targetVariables = [
  'GITHUB_BASE_REF',
  'CI_MERGE_REQUEST_TARGET_BRANCH_NAME',
  'BUILDKITE_PULL_REQUEST_BASE_BRANCH',
  'SYSTEM_PULLREQUEST_TARGETBRANCH',
  'CHANGE_TARGET',
]

async function mergeBase(git: Git, commit: string, env: Env): Promise<Head['base']> {
  const target = targetVariables.map(name => env[name]).find(Boolean)
  const remote = lineOf(await git(['symbolic-ref', '-q', '--short', 'refs/remotes/origin/HEAD']))
  const named = target?.replace(/^refs\/heads\//, '')
  const names = [named && `origin/${named}`, named, remote].flatMap(name => name || [])
  for (const name of [...names, 'origin/main', 'origin/master', 'main', 'master']) {
    const tip = lineOf(await git(['rev-parse', '-q', '--verify', `${name}^{commit}`]))
    const base = tip && lineOf(await git(['merge-base', tip, commit]))
    if (base) return { commit: base, name }
  }
  return undefined
}

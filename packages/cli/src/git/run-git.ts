import { execFile } from 'node:child_process'
import { start } from '../process/start.ts'

interface GitOptions {
  /** Default: 1 MB. A longer output counts as a failure. */
  readonly maxBytes?: number
  /** Default: 10 s. */
  readonly timeoutMs?: number
  /** Receives the reason that git gives for a failure. */
  readonly onRefusal?: (reason: string) => void
}

/** A `git` command in one folder: resolves to its output, or `undefined` if it fails or git is not installed. */
export type Git = (args: readonly string[], options?: GitOptions) => Promise<string | undefined>

// In a git hook these name the hook's repository, possibly relative to another folder.
const ofHooks = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX']

/** Git without prompts, without hooks, and without writing to the index. */
export function gitIn(folder: string, given: NodeJS.ProcessEnv = start.env): Git {
  const env: NodeJS.ProcessEnv = {
    ...given,
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  }
  for (const name of ofHooks) delete env[name]
  return (args, { maxBytes = 1_000_000, timeoutMs = 10_000, onRefusal } = {}) =>
    new Promise(resolve => {
      const options = { cwd: folder, env, maxBuffer: maxBytes, timeout: timeoutMs, windowsHide: true }
      execFile('git', ['-c', `core.hooksPath=${noHooks}`, ...args], options, (error, stdout, stderr) => {
        const reason = error ? lineOf(stderr) : undefined
        if (reason !== undefined) onRefusal?.(reason)
        resolve(error ? undefined : stdout)
      })
    })
}

const noHooks = process.platform === 'win32' ? 'NUL' : '/dev/null'

/** The first line of an output. */
export const lineOf = (output: string | undefined): string | undefined =>
  output?.split('\n', 1)[0]?.trim() || undefined

/** The parts of an output in which each part ends with NUL. */
export const partsOf = (output: string | undefined): string[] => (output ?? '').split('\0').filter(Boolean)

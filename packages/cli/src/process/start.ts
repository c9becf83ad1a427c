import { resolve } from 'node:path'

/** In a process that replays the code before a change: where it is checked out. */
export interface BaselinePlace {
  /** The folder that the command was started in. */
  readonly folder: string
  /** The root of the repository, and of its checkout. */
  readonly top: string
  readonly checkout: string
}

/** Set by the command for such a process. */
export const baselineVariable = 'RUNTAPE_BASELINE'

function takePlace(): BaselinePlace | undefined {
  const text = process.env[baselineVariable]
  delete process.env[baselineVariable]
  return text === undefined ? undefined : (JSON.parse(text) as BaselinePlace)
}

// Saved before the application is loaded, which may change all of it.
const place = takePlace()
const folder = place?.folder ?? process.cwd()
const execArgv = [...process.execArgv]
const words = process.argv.slice(2)
const env: NodeJS.ProcessEnv = { ...process.env }

/** How the command was started: folder, Node flags, arguments and environment. */
export const start = { folder, execArgv, words, env, baseline: place } as const

/** Resolves a user's path relative to the folder that the command was started in. */
export const givenPath = (path: string): string => resolve(folder, path)

import { resolve } from 'node:path'

// Saved before the application is loaded, which may change all of it.
const folder = process.cwd()
const execArgv = [...process.execArgv]
const words = process.argv.slice(2)
const env: NodeJS.ProcessEnv = { ...process.env }

/** How the command was started: folder, Node flags, arguments and environment. */
export const start = { folder, execArgv, words, env } as const

/** Resolves a user's path relative to the folder that the command was started in. */
export const givenPath = (path: string): string => resolve(folder, path)

import { resolve } from 'node:path'

// Kept before the application is loaded, which may change all of it.
const folder = process.cwd()
const execArgv = [...process.execArgv]
const words = process.argv.slice(2)
const env: NodeJS.ProcessEnv = { ...process.env }

/** How the command was started: in which folder, with which flags of Node, words and environment. */
export const start = { folder, execArgv, words, env } as const

/** A path that the user gave, of the folder that the command was started in; absolute. */
export const givenPath = (path: string): string => resolve(folder, path)

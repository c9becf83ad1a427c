import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { childEnv } from '../../../scripts/lib/env.mjs'

/** A project in which the first program of the README is: as `program.ts`, and without types as `program.mjs`. */
export interface Project {
  readonly folder: string
  /** Runs a program in the folder, and returns what it prints. */
  run(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>
  /** Runs a file with this process's Node. */
  node(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>
  /** The path of a file of an installed package: `vite/bin/vite.js`. */
  fileOf(path: string): string
}

/** Where applications run, or what builds them. */
export interface SetUp {
  readonly name: string
  readonly version: string
  /** Packages besides those that the README installs, with their versions. */
  readonly wanted: readonly string[]
  /** What a user has to know, for the table. */
  readonly note?: string
  /** Resolves to what was printed. */
  run(project: Project): Promise<string>
  /** Default: what the README says. */
  readonly prints?: string
}

/** @param env what the program finds its model by */
export function projectIn(folder: string, env: Readonly<Record<string, string>>): Project {
  const run: Project['run'] = async (command, args, more = {}) => {
    const around = { ...childEnv(process.env), NO_COLOR: '1', ...env, ...more }
    const running = promisify(execFile)(command, args, { cwd: folder, env: around, timeout: 120_000 })
    const { stdout } = await running.catch(error => {
      throw new Error(`${command} ${args.join(' ')} failed:\n${error.stdout}${error.stderr}`)
    })
    return stdout
  }
  return {
    folder,
    run,
    node: (args, more) => run(process.execPath, args, more),
    fileOf: path => {
      const [, name = '', file = ''] = /^((?:@[^/]+\/)?[^/]+)\/(.*)$/.exec(path) ?? []
      const { resolve } = createRequire(join(folder, 'package.json'))
      return join(dirname(resolve(`${name}/package.json`)), file)
    },
  }
}

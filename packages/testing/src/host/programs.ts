import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll } from 'vitest'

/** Programs that run in separate processes. */
export interface Programs {
  /** The folder that contains them. */
  readonly folder: string
  /** Writes a program into the folder, runs it with these flags of Node, and returns what it printed. */
  run(name: string, code: string, ...flags: string[]): Promise<string>
  /** The same for an existing file. */
  runFile(file: string, ...flags: string[]): Promise<string>
}

/**
 * Programs for the tests of a file, in a temporary folder inside `parent`, so that they can import its packages.
 *
 * @param env additional environment variables, evaluated for each run
 *
 * @example
 * ```ts
 * import { programsIn } from '@runtape/testing/vitest'
 *
 * const programs = programsIn('dist', () => ({ FAKE: 'http://localhost:1' }))
 * ```
 */
export function programsIn(
  parent: string,
  env: () => Readonly<Record<string, string>> = () => ({}),
): Programs {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(parent, '.programs-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const runFile = async (file: string, ...flags: string[]) => {
    const options = { cwd: folder, env: { ...process.env, ...env() } }
    return (await promisify(execFile)(process.execPath, [...flags, file], options)).stdout
  }
  return {
    get folder() {
      return folder
    },
    run: async (name, code, ...flags) => {
      const file = join(folder, name)
      await writeFile(file, code)
      return runFile(file, ...flags)
    },
    runFile,
  }
}

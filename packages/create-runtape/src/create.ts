import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { basename, relative, resolve } from 'node:path'
import { RuntapeError } from '@runtape/core'
import { readArguments, usage } from './arguments.ts'
import { answersFor } from './ask.ts'
import { installCommands, type PackageManager } from './project/package-manager.ts'
import { applicationFiles } from './templates/application.ts'
import { hosts } from './templates/hosts.ts'
import { stores } from './templates/stores.ts'
import { writeFiles } from './write-files.ts'

/**
 * Makes a new application, as the arguments and the answers say.
 *
 * @throws {RuntapeError} `invalid-option` if an argument is wrong, the folder is not empty, or the packages cannot be installed
 */
export async function create(words: readonly string[]): Promise<void> {
  const given = readArguments(words)
  if (given.isHelp) return console.log(usage)
  const folder = resolve(given.folder)
  refuseUsed(folder)
  const { sdk, store } = await answersFor(given)
  const { written } = writeFiles(folder, applicationFiles(nameOf(folder), sdk, store))
  console.log(`Wrote ${written.join(', ')} in ${folder}.`)
  const shared = ['@pydantic/genai-prices', '@runtape/recorder', '@runtape/trace', '@runtape/tracker']
  const packages = [...shared, stores[store].package, ...hosts[sdk].packages].sort()
  const commands = installCommands(callingManager(), packages, ['runtape'])
  if (given.installs) for (const command of commands) await run(command, folder)
  console.log(ending({ folder, commands: given.installs ? [] : commands, sdk, store }))
}

function refuseUsed(folder: string): void {
  if (!existsSync(folder) || readdirSync(folder).every(name => name === '.git')) return
  throw new RuntapeError(
    'invalid-option',
    `"${folder}" is not empty. Name another folder, or add Runtape to the application in it: npx runtape init.`,
  )
}

/** A valid name of a package. */
const nameOf = (folder: string): string =>
  basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '') || 'runtape-app'

/** `npm create`, `pnpm create` and the others say who they are. */
function callingManager(): PackageManager {
  const name = (process.env.npm_config_user_agent ?? '').split('/')[0]
  return name === 'pnpm' || name === 'yarn' || name === 'bun' ? name : 'npm'
}

async function run(command: string, cwd: string): Promise<void> {
  console.log(`$ ${command}`)
  // The package managers of Windows are scripts, which only a shell starts. The text is ours alone.
  const child = spawn(command, { cwd, shell: true, stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = await once(child, 'exit')
  if (code === 0) return
  throw new RuntapeError(
    'invalid-option',
    `The packages were not installed. See above, then run it again in "${cwd}": ${command}`,
  )
}

interface Made {
  readonly folder: string
  readonly commands: readonly string[]
  readonly sdk: keyof typeof hosts
  readonly store: keyof typeof stores
}

function ending({ folder, commands, sdk, store }: Made): string {
  const { flag, step } = stores[store]
  const lines = [
    `cd ${relative('', folder) || '.'}`,
    ...commands,
    'npm start                                  # the first run, counted and taped',
    `npx runtape usage${flag}`,
    `npx runtape replay answer.ts#answer${flag}`,
  ]
  const notes = [
    `Set ${hosts[sdk].variable} for a real model. Without it a sample answers.`,
    ...(store === 'file' || step === undefined ? [] : [step]),
  ]
  return `\nNext:\n${lines.map(line => `  ${line}`).join('\n')}\n\n${notes.join('\n')}`
}

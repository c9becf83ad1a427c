import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun'

const lockfiles: readonly (readonly [string, PackageManager])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['package-lock.json', 'npm'],
]

/** The one whose lockfile is in the folder, or next above: a workspace has one for all of its packages. */
export function packageManagerOf(folder: string): PackageManager {
  const found = lockfiles.find(([file]) => existsSync(join(folder, file)))
  if (found) return found[1]
  const up = dirname(folder)
  return up === folder ? 'npm' : packageManagerOf(up)
}

const verbs: Readonly<Record<PackageManager, readonly [add: string, addDev: string]>> = {
  npm: ['npm install', 'npm install --save-dev'],
  pnpm: ['pnpm add', 'pnpm add --save-dev'],
  yarn: ['yarn add', 'yarn add --dev'],
  bun: ['bun add', 'bun add --dev'],
}

/** The commands that install the packages. */
export function installCommands(
  manager: PackageManager,
  packages: readonly string[],
  devPackages: readonly string[],
): readonly string[] {
  const [add, addDev] = verbs[manager]
  const all = [
    [add, packages],
    [addDev, devPackages],
  ] as const
  return all.filter(([, names]) => names.length > 0).map(([verb, names]) => [verb, ...names].join(' '))
}

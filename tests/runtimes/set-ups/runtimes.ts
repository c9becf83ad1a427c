import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeOfVersion } from '../../../scripts/lib/test-results.mjs'
import { supportedNodes } from '../../../scripts/lib/tools.mjs'
import type { SetUp } from './set-up.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
export const nodes: readonly { readonly version: string; node(): Promise<string> }[] = Object.values(
  supportedNodes(process.platform, process.arch),
).map(({ version }) => ({ version, node: () => nodeOfVersion(root, version) }))

// node:sqlite calls itself experimental in some of them.
const quiet = ['--disable-warning=ExperimentalWarning']

/** The program in a package of its own for each system. */
const programOf = (launcher: string, carrier: string): string =>
  join(dirname(createRequire(launcher).resolve(`${carrier}/package.json`)))

export const runtimes: readonly SetUp[] = [
  ...nodes.map(
    ({ version, node }): SetUp => ({
      name: 'Node',
      version,
      wanted: [],
      run: async project => project.run(await node(), [...quiet, 'program.mjs']),
    }),
  ),
  {
    name: 'Bun',
    version: '1.4.5',
    wanted: ['bun@1.4.5'],
    run: project =>
      project.run(join(programOf(project.fileOf('bun/package.json'), '@oven/bun-linux-x64'), 'bin/bun'), [
        'program.ts',
      ]),
  },
  {
    name: 'Deno',
    note: '`--allow-all`, with a `node_modules` folder',
    version: '2.9.6',
    wanted: ['deno@2.9.6'],
    run: project =>
      project.run(join(programOf(project.fileOf('deno/package.json'), '@deno/linux-x64-glibc'), 'deno'), [
        'run',
        '--allow-all',
        '--no-check',
        '--node-modules-dir=manual',
        'program.ts',
      ]),
  },
]

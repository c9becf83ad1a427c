import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Project, SetUp } from './set-up.ts'

/** Writes a configuration, as the application's developer does. */
const configure = ({ folder }: Project, name: string, text: string): void =>
  writeFileSync(join(folder, name), text)

/** The bundle has everything: it runs in a folder without packages. */
const runAlone = (project: Project, file: string): Promise<string> =>
  project.node(['--disable-warning=ExperimentalWarning', file])

const webpackLike = `export default {
  mode: 'production', target: 'node24', entry: './program.mjs', experiments: { outputModule: true },
  output: { path: import.meta.dirname + '/built', filename: 'program.mjs', module: true, chunkFormat: 'module' },
}`

export const bundlers: readonly SetUp[] = [
  {
    name: 'esbuild',
    version: '0.28.2',
    wanted: ['esbuild'],
    run: async project => {
      // Its warnings would be those of the application's developer.
      const strict = '--log-override:ignored-bare-import=error'
      const flags = ['--bundle', '--platform=node', '--format=esm', '--outfile=built/program.mjs', strict]
      await project.node([project.fileOf('esbuild/bin/esbuild'), 'program.ts', ...flags])
      return runAlone(project, 'built/program.mjs')
    },
  },
  {
    name: 'Rollup',
    version: '4.68.8',
    wanted: [
      'rollup@4.68.8',
      '@rollup/plugin-node-resolve@16.0.3',
      '@rollup/plugin-commonjs@29.0.3',
      '@rollup/plugin-json@6.1.0',
    ],
    run: async project => {
      configure(
        project,
        'rollup.config.mjs',
        `import commonjs from '@rollup/plugin-commonjs'
         import json from '@rollup/plugin-json'
         import resolve from '@rollup/plugin-node-resolve'
         export default {
           input: 'program.mjs', output: { dir: 'built', format: 'es', entryFileNames: '[name].mjs' },
           plugins: [resolve({ exportConditions: ['node'], preferBuiltins: true }), commonjs(), json()],
         }`,
      )
      await project.node([project.fileOf('rollup/dist/bin/rollup'), '--config', '--silent'])
      return runAlone(project, 'built/program.mjs')
    },
  },
  {
    name: 'Vite',
    version: '8.4.0',
    note: '`build.ssr`',
    wanted: ['vite@8.4.0'],
    run: async project => {
      configure(
        project,
        'vite.config.mjs',
        `export default { logLevel: 'error', ssr: { noExternal: true }, build: { ssr: 'program.ts', outDir: 'built', target: 'node22' } }`,
      )
      await project.node([project.fileOf('vite/bin/vite.js'), 'build'])
      return runAlone(project, 'built/program.mjs')
    },
  },
  {
    name: 'webpack',
    version: '5.113.0',
    wanted: ['webpack@5.113.0', 'webpack-cli@7.3.1'],
    run: async project => {
      configure(project, 'webpack.config.mjs', webpackLike)
      await project.node([project.fileOf('webpack-cli/bin/cli.js'), 'build'])
      return runAlone(project, 'built/program.mjs')
    },
  },
  {
    name: 'Rspack',
    version: '2.3.4',
    wanted: ['@rspack/core@2.3.4', '@rspack/cli@2.2.8'],
    run: async project => {
      configure(project, 'rspack.config.mjs', webpackLike)
      await project.node([project.fileOf('@rspack/cli/bin/rspack.js'), 'build'])
      return runAlone(project, 'built/program.mjs')
    },
  },
]

import { readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build } from 'esbuild'
import { bundleList, removeStaleOutput } from './stale-output.mjs'

/** The sources, relative to `src`, of all files that `exports` and `bin` of a package name. */
export function entriesOf({ exports = {}, bin = {} }) {
  const files = [...Object.values(exports).map(entry => entry.default), ...Object.values(bin)]
  return files.map(file => file.replace(/^\.\/dist\/(.*)\.js$/, '$1.ts'))
}

/**
 * Makes one file for each entry, and lists them for `removeStaleOutput`. What other packages provide stays an import. Source
 * maps have no sources inside: packages ship `src`.
 *
 * @param entries paths in `src`
 */
export async function bundle(folder, entries) {
  const { metafile } = await build({
    absWorkingDir: folder,
    entryPoints: entries.map(entry => ({ in: `src/${entry}`, out: entry.replace(/\.ts$/, '') })),
    outdir: 'dist',
    chunkNames: 'shared/[name]-[hash]',
    bundle: true,
    splitting: true,
    packages: 'external',
    external: ['#*'],
    platform: 'node',
    format: 'esm',
    target: 'es2023',
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    logLevel: 'warning',
  })
  const files = Object.keys(metafile.outputs).map(file => relative('dist', file))
  const { sideEffects } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  for (const file of files.filter(name => name.endsWith('.js') && isPure(name, sideEffects)))
    removeBareImports(join(folder, 'dist', file))
  writeFileSync(join(folder, 'dist', bundleList), `${files.sort().join('\n')}\n`)
  removeStaleOutput(folder)
}

const isPure = (file, sideEffects) =>
  sideEffects === false || (Array.isArray(sideEffects) && !sideEffects.includes(`./dist/${file}`))

/**
 * Imports of shared files of which nothing is used. They have no effect, and bundlers warn of them. The lines stay, for the source
 * map.
 */
function removeBareImports(path) {
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replace(/^import "\.[^"\n]*";$/gm, ''))
}

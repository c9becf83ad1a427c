// Builds the page: one script and one style, with a hash in their names, and the document that names them.
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { build } from 'esbuild'
import { bundleList } from '../../scripts/lib/stale-output.mjs'

rmSync('dist/page', { recursive: true, force: true })
const { metafile } = await build({
  entryPoints: { studio: 'src/page/main.tsx', style: 'src/page/styles/styles.css' },
  outdir: 'dist/page',
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  metafile: true,
  logLevel: 'warning',
})
const names = Object.keys(metafile.outputs).map(file => basename(file))
const nameOf = extension => names.find(name => name.endsWith(extension)) ?? ''
const document = readFileSync('src/page/index.html', 'utf8')
  .replace('{style}', `/studio/${nameOf('.css')}`)
  .replace('{script}', `/studio/${nameOf('.js')}`)
mkdirSync('dist/page', { recursive: true })
writeFileSync('dist/page/index.html', document)
copyFileSync('src/page/icon.svg', 'dist/page/icon.svg')
// So that no build takes them for what is left of another one.
appendFileSync(`dist/${bundleList}`, names.map(name => `page/${name}\n`).join(''))

// Makes one text of the worker and of all that it imports, as a module that hands it out: a bundle of an application has
// no file for it.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const pathOf = name => fileURLToPath(new URL(name, import.meta.url))
const { outputFiles } = await build({
  entryPoints: [pathOf('src/background/worker.ts')],
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  minify: true,
  write: false,
  logLevel: 'warning',
})
const [{ text }] = outputFiles
writeFileSync(
  pathOf('dist/background/worker-source.js'),
  `// Made by build-worker.mjs.\nexport const workerSource = ${JSON.stringify(text)}\n`,
)

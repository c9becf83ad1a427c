import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { Application } from 'typedoc'

/** Entries that only our own packages use. */
const hidden = new Set(['./internal', './store-helpers', './package.json'])

/** Writes a page for each public export of each package. */
export async function writeApi(root, out) {
  const entries = readdirSync(join(root, 'packages')).flatMap(name => entriesOf(root, `packages/${name}`))
  const app = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: entries.map(({ source }) => join(root, source)),
    tsconfig: join(root, 'docs/site/tsconfig.json'),
    basePath: root,
    outputs: [{ name: 'markdown', path: out }],
    excludeInternal: true,
    excludePrivate: true,
    name: 'API reference',
    readme: 'none',
    entryFileName: 'index',
    router: 'module',
    disableSources: true,
    skipErrorChecking: true,
    logLevel: 'Error',
    hidePageHeader: true,
    hideBreadcrumbs: true,
  })
  const project = await app.convert()
  if (!project) throw new Error('The API reference could not be made.')
  const names = new Map(entries.map(({ source, name }) => [source.replace(/(\/index)?\.ts$/, ''), name]))
  for (const module of project.children ?? []) module.name = names.get(module.name) ?? module.name
  await app.generateOutputs(project)
  if (app.logger.hasErrors()) throw new Error('The API reference has errors.')
}

/** The source of each public entry of a package, relative to the root, and the name that applications import. */
function entriesOf(root, folder) {
  const path = join(root, folder, 'package.json')
  if (!existsSync(path)) return []
  const { name, exports = {} } = JSON.parse(readFileSync(path, 'utf8'))
  return Object.entries(exports)
    .filter(([entry, target]) => !hidden.has(entry) && target.types)
    .map(([entry, target]) => ({
      name: posix.join(name, entry),
      source: join(folder, target.types.replace(/^\.\/dist\/(.*)\.d\.ts$/, 'src/$1.ts')),
    }))
}

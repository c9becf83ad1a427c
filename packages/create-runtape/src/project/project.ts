import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type ClientPlace, clientPlaces } from './client-places.ts'
import { type Manifest, readManifest } from './manifest.ts'
import { type PackageManager, packageManagerOf } from './package-manager.ts'
import { type Sdk, sdks } from './sdks.ts'

export type Framework = 'node' | 'next' | 'workers'

/** An existing application. */
export interface Project {
  readonly folder: string
  readonly framework: Framework
  readonly modules: 'esm' | 'commonjs'
  readonly language: 'ts' | 'js'
  /** The folder of the sources: `src`, or `''` for that of the project. */
  readonly sources: string
  readonly sdks: readonly Sdk[]
  /** Where the application makes clients of those SDKs. */
  readonly places: readonly ClientPlace[]
  readonly manager: PackageManager
  /** Packages that `package.json` names. */
  readonly installed: ReadonlySet<string>
}

/** @throws {RuntapeError} `invalid-option` if the folder has no readable `package.json` */
export function examineProject(given: string): Project {
  const folder = resolve(given)
  const manifest = readManifest(folder)
  const installed = new Set(Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }))
  const framework = frameworkOf(folder, installed)
  const used = sdks.filter(({ name }) => installed.has(name))
  return {
    folder,
    framework,
    modules: modulesOf(manifest, framework),
    language: installed.has('typescript') || has(folder, 'tsconfig.json') ? 'ts' : 'js',
    sources: sourcesOf(folder, framework),
    sdks: used,
    places: clientPlaces(folder, used),
    manager: packageManagerOf(folder),
    installed,
  }
}

const has = (folder: string, ...files: readonly string[]): boolean =>
  files.some(file => existsSync(join(folder, file)))

function frameworkOf(folder: string, installed: ReadonlySet<string>): Framework {
  if (installed.has('next')) return 'next'
  const isWorker =
    installed.has('wrangler') || has(folder, 'wrangler.toml', 'wrangler.json', 'wrangler.jsonc')
  return isWorker ? 'workers' : 'node'
}

// Bundlers of the others take ES modules, whatever package.json says.
const modulesOf = ({ type }: Manifest, framework: Framework): Project['modules'] =>
  framework === 'node' && type !== 'module' ? 'commonjs' : 'esm'

/** Next.js looks for `instrumentation` beside `app` or `pages`. */
function sourcesOf(folder: string, framework: Framework): string {
  if (framework === 'next') return has(folder, 'src/app', 'src/pages') ? 'src' : ''
  return has(folder, 'src') ? 'src' : ''
}

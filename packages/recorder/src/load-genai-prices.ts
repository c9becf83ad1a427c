import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { RuntapeError } from '@runtape/core'

/** The module `@pydantic/genai-prices`. */
export type GenaiPricesModule = Pick<typeof import('@pydantic/genai-prices'), 'calcPrice' | 'findProvider'>

/** A price list, and the version that identifies its contents. */
export interface LoadedPrices {
  readonly list: GenaiPricesModule
  readonly version: string
}

const packageName = '@pydantic/genai-prices'

/** @throws {RuntapeError} `invalid-option` if the package is not installed where this code runs */
export function loadInstalled(): LoadedPrices {
  const { require, path } = installed()
  try {
    return { list: require(path) as GenaiPricesModule, version: versionAbove(dirname(path)) }
  } catch (cause) {
    throw invalid(`${packageName} in "${path}" cannot be loaded. Install it again.`, cause)
  }
}

/** @throws {RuntapeError} `invalid-option` for anything but that module, or if its version is not known */
export function loadGiven(list: GenaiPricesModule, version: string | undefined): LoadedPrices {
  if (typeof list?.calcPrice !== 'function' || typeof list.findProvider !== 'function')
    throw invalid(
      `genaiPrices takes the module itself: import * as prices from '${packageName}', then genaiPrices(prices).`,
    )
  if (version !== undefined) return { list, version: checkedVersion(version) }
  try {
    return { list, version: versionAbove(dirname(installed().path)) }
  } catch (cause) {
    throw invalid(
      `The version of ${packageName} is not known here, and records keep it. Pass it: genaiPrices(prices, { version: '0.1.8' }).`,
      cause,
    )
  }
}

function checkedVersion(version: unknown): string {
  if (typeof version === 'string' && /^\d+\.\d+\.\d+/.test(version)) return version
  throw invalid(`version must be that of the installed ${packageName}, such as '0.1.8'.`)
}

/** Where Node finds the package: from here, else from where the process was started, for code inside of a bundle. */
function installed(): { readonly require: NodeJS.Require; readonly path: string } {
  // Bundlers follow an import of createRequire, and then require what it resolves to while they build.
  const { createRequire } = process.getBuiltinModule('node:module')
  const froms = [import.meta.url, join(process.cwd(), 'package.json')]
  const causes: unknown[] = []
  for (const from of froms) {
    try {
      const require = createRequire(from)
      return { require, path: require.resolve(packageName) }
    } catch (error) {
      causes.push(error)
    }
  }
  throw invalid(
    `genaiPrices needs the package ${packageName}, which cannot be loaded. Run npm install ${packageName}; in a bundle, import * as prices from '${packageName}' and pass them: genaiPrices(prices).`,
    causes[0],
  )
}

/** The version in the package's `package.json`, which it does not export. */
function versionAbove(folder: string): string {
  const manifest = readJson(join(folder, 'package.json'))
  if (manifest?.name === packageName) return manifest.version
  if (dirname(folder) === folder) throw invalid(`No package.json of ${packageName} above it.`)
  return versionAbove(dirname(folder))
}

function readJson(path: string): { name: string; version: string } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { name: string; version: string }
  } catch {
    return undefined
  }
}

const invalid = (message: string, cause?: unknown): RuntapeError =>
  new RuntapeError('invalid-option', message, { cause })

import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'

/** A file of the page. */
export interface PageFile {
  /** Its `content-type`. */
  readonly type: string
  readonly body: string
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/**
 * The files of the page by address, for the option `studio` of `createServer`.
 *
 * @example
 * ```ts
 * import { studioFiles } from '@runtape/studio'
 *
 * console.log([...studioFiles().keys()])
 * ```
 */
export function studioFiles(): ReadonlyMap<string, PageFile> {
  const folder = join(import.meta.dirname, 'page')
  const names = readdirSync(folder).filter(name => types[extname(name)] !== undefined)
  return new Map(names.map(name => [addressOf(name), fileOf(folder, name)]))
}

const addressOf = (name: string): string => (name === 'index.html' ? '/' : `/studio/${name}`)

const fileOf = (folder: string, name: string): PageFile => ({
  type: types[extname(name)] ?? '',
  body: readFileSync(join(folder, name), 'utf8'),
})

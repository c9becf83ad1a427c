import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vitest/config'
import { codeThatCovers, realPathOf, tapesIn } from './tape-folders.ts'

export interface RuntapePluginOptions {
  /**
   * Folders of tapes that no string in a test names, such as those in an environment variable: their tapes belong to every module
   * that calls `replayTest`. Relative to the project root.
   */
  readonly tapes?: string | readonly string[]
}

/**
 * A vitest plugin that treats tapes as imports of the tests that replay them: `vitest --changed`, `vitest related` and the
 * watcher run a test again when its tapes were edited or added. In every module that calls `replayTest` it looks for strings that
 * name a folder with tapes, relative to the working directory, the project root or the module.
 *
 * @example
 * ```ts
 * import { runtape } from '@runtape/vitest/plugin'
 * import { defineConfig } from 'vitest/config'
 *
 * export default defineConfig({ plugins: [runtape()] })
 * ```
 */
export function runtape({ tapes = [] }: RuntapePluginOptions = {}): Plugin {
  let root = process.cwd()
  return {
    name: 'runtape',
    // After type stripping, so that every module can be parsed.
    enforce: 'post',
    configResolved: config => {
      root = config.root
    },
    configureVitest: ({ defineCacheKeyGenerator }) =>
      // A module cached by an earlier run does not know tapes added since.
      defineCacheKeyGenerator(({ sourceCode }) => (replays(sourceCode) ? false : undefined)),
    transform(code, id) {
      const file = id.replace(/\?.*$/, '')
      if (!replays(code) || file.startsWith(ownFolder)) return
      const places = [...new Set([process.cwd(), root, dirname(file)])]
      const named = textsIn(this.parse(code)).flatMap(text => places.map(place => resolve(place, text)))
      const configured = [tapes].flat().map(folder => resolve(root, folder))
      const folders = [...new Set([...named, ...configured])].filter(folder => {
        const paths = tapesIn(folder)
        for (const path of paths) this.addWatchFile(path.replaceAll('\\', '/'))
        return paths.length > 0
      })
      if (folders.length === 0) return
      return { code: `${code}\n${codeThatCovers(folders.map(realPathOf))}`, map: null }
    },
  }
}

// vitest also transforms workspace packages, not only tests.
const ownFolder = dirname(fileURLToPath(import.meta.url)).replaceAll('\\', '/')

const replays = (code: string): boolean => /\breplayTest\b/.test(code)

// Longer than any folder path.
const maxLength = 4096

/** The strings in an ESTree syntax tree. */
function textsIn(tree: unknown): string[] {
  const texts = new Set<string>()
  const waiting: unknown[] = [tree]
  while (waiting.length > 0) {
    const node = waiting.pop()
    if (typeof node !== 'object' || node === null) continue
    const { type, value } = node as { type?: unknown; value?: unknown }
    const text = type === 'TemplateElement' ? (value as { cooked?: unknown } | null)?.cooked : value
    if (typeof text === 'string' && text !== '' && text.length <= maxLength) texts.add(text)
    waiting.push(...Object.values(node))
  }
  return [...texts]
}

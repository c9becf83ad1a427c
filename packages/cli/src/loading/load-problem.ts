import { messageOf } from '@runtape/core/internal'

const byTsx = `Let tsx load it: NODE_OPTIONS='--import tsx' runtape replay …`

const isToBeCompiled = /not supported in strip-only mode|enum|namespace|decorator|parameter propert/i

/** Why a module could not be loaded, and what to do. */
export function loadProblem(file: string, error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown }
  const message = firstLineOf(messageOf(error))
  switch (code) {
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
    case 'ERR_INVALID_TYPESCRIPT_SYNTAX':
      // The first Node versions that strip types use one code for both.
      if (!isToBeCompiled.test(message)) return `${file} is not valid TypeScript: ${message}${at(error)}.`
      return `${file} needs compilation, not only type stripping (${message}): enums, namespaces, parameter properties and decorators must be compiled. ${byTsx}`
    case 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING':
      return `${file} imports TypeScript from node_modules, which Node does not load (${message}). ${byTsx}`
    case 'ERR_UNKNOWN_FILE_EXTENSION':
      return `Node cannot load ${file} as it is (${message}). ${byTsx}`
    case 'ERR_MODULE_NOT_FOUND':
    case 'ERR_UNSUPPORTED_DIR_IMPORT':
    case 'ERR_PACKAGE_PATH_NOT_EXPORTED':
      return `${file} imports a file that Node does not find (${message}). Imports need the full file name, './orders.ts', and installed packages. If a bundler or a path alias resolves it, ${byTsx.replace('Let', 'let')}`
    default:
      return `${file} could not be loaded: ${message}${placeOf(error)}. It is imported in the same way as by your application.`
  }
}

const firstLineOf = (message: string): string => (message.split('\n')[0] ?? '').replace(/\.$/, '')

/** The location of a syntax error, which its stack starts with. */
function at(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const place = /^(?:file:\/\/)?(\/\S+:\d+)$/m.exec(stack)?.[1]
  return place === undefined ? '' : ` (at ${place})`
}

/** The first application frame of a stack. */
function placeOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const line = stack.split('\n').find(each => each.includes('file://') && !each.includes('node_modules'))
  const place = /file:\/\/[^\s)]+/.exec(line ?? '')?.[0]
  return place ? ` (at ${place})` : ''
}

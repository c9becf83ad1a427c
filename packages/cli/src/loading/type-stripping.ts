// If stripping needs a flag, Node also prints a warning at start, which users cannot act on.
export const stripFlags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
const isTypeScript = (path: string): boolean => /\.[mc]?ts$/.test(path)
const loaders = /(^|\s)--(import|loader|experimental-loader|require|r)\b/

/** Node strips types by default from 22.18 on; before that it needs a flag, which only a new process can have. */
export function needsStripFlag(path: string): boolean {
  if (!isTypeScript(path) || process.features.typescript) return false
  const given = `${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`
  return !loaders.test(given)
}

/** Some Node versions warn that stripping is experimental, which users of the command cannot act on. */
export async function withoutStripWarning<T>(load: () => Promise<T>): Promise<T> {
  const { emitWarning } = process
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).startsWith('Type Stripping is an experimental'))
      Reflect.apply(emitWarning, process, [warning, ...rest])
  }) as typeof process.emitWarning
  try {
    return await load()
  } finally {
    process.emitWarning = emitWarning
  }
}

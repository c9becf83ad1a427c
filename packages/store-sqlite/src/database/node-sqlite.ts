import { RuntapeError } from '@runtape/core'

/**
 * The `node:sqlite` module. Up to Node 23 loading it prints a warning that it is experimental, about which the
 * user of a store can do nothing; that one warning is left out here, and no other.
 */
export function loadNodeSqlite(): typeof import('node:sqlite') {
  const emitWarning = process.emitWarning
  // Loading is synchronous, so nothing else can warn while this stands in.
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).startsWith('SQLite is an experimental')) {
      Reflect.apply(emitWarning, process, [warning, ...rest])
    }
  }) as typeof process.emitWarning
  try {
    return present(process.getBuiltinModule('node:sqlite'))
  } finally {
    process.emitWarning = emitWarning
  }
}

function present(module: typeof import('node:sqlite') | undefined): typeof import('node:sqlite') {
  if (module) return module
  throw new RuntapeError(
    'store-unusable',
    `Node ${process.versions.node} has no node:sqlite here. Use Node 22.13 or newer without --no-experimental-sqlite, or pass an open better-sqlite3 database to sqliteStore.`,
  )
}

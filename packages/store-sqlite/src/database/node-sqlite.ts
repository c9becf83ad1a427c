import { RuntapeError } from '@runtape/core'

/**
 * Loads `node:sqlite`. Up to Node 23, loading it prints an experimental warning that users of a store cannot act on.
 * This suppresses that warning and no other.
 */
export function loadNodeSqlite(): typeof import('node:sqlite') {
  const emitWarning = process.emitWarning
  // Loading is synchronous, so no other code can warn meanwhile.
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

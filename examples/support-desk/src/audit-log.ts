import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import type { RunEvent, Sink } from '@runtape/core'

/**
 * A sink that keeps run events in its own file, each on disk before `append` returns. Behind the recorder in a `teeSink` it says,
 * independently of the store, what the store was told.
 */
export function auditLog(path: string): Sink {
  const file = openSync(path, 'a')
  // Whoever wrote before may have died in the middle of a line.
  writeSync(file, '\n')
  return {
    append: record => {
      if (record.kind !== 'run-event') return
      writeSync(file, `${JSON.stringify(record)}\n`)
      fsyncSync(file)
    },
    flush: async () => {},
    close: async () => closeSync(file),
  }
}

/** The events of an audit log; a line that a dying process left unfinished is none. */
export function readAuditLog(path: string): readonly RunEvent[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter(line => line.endsWith('}')).flatMap(parseWhole)
}

function parseWhole(line: string): RunEvent[] {
  try {
    return [JSON.parse(line)]
  } catch {
    return []
  }
}

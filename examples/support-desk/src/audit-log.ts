import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import type { RunEvent, Sink } from '@runtape/core'

/**
 * A sink that keeps run events in its own file, each on disk before `append` returns. Behind the recorder in a `teeSink`, it is
 * an independent log of the events that the store received.
 */
export function auditLog(path: string): Sink {
  const file = openSync(path, 'a')
  // The previous writer may have been killed in the middle of a line.
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

/** The events of an audit log, without a line that a killed process left incomplete. */
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

import { appendFileSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs'

/** A line of the file, with the columns of the table `set_aside`. */
export interface SetAsideLine {
  readonly origin: 'store' | 'outbox'
  readonly at: number
  readonly reason: string
  readonly record_json: string
}

/**
 * Records that the database could not store even as text. They are in a file next to it that only its owner can read.
 */
export class SetAsideFile {
  readonly path: string

  constructor(database: string) {
    this.path = `${database}.set-aside.ndjson`
  }

  append(lines: readonly SetAsideLine[]): void {
    if (lines.length === 0) return
    appendFileSync(this.path, `${lines.map(line => JSON.stringify(line)).join('\n')}\n`, { mode: 0o600 })
  }

  lines(): SetAsideLine[] {
    return existsSync(this.path) ? linesOf(readFileSync(this.path, 'utf8')) : []
  }

  /** Replaces all lines with those that `keep` returns. Lines that another process appends meanwhile stay. */
  async replace(keep: (lines: SetAsideLine[]) => Promise<readonly SetAsideLine[]>): Promise<void> {
    if (!existsSync(this.path)) return
    const taken = `${this.path}.${process.pid}`
    renameSync(this.path, taken)
    const lines = linesOf(readFileSync(taken, 'utf8'))
    let kept: readonly SetAsideLine[] = lines
    try {
      kept = await keep(lines)
    } finally {
      this.append(kept)
      rmSync(taken)
    }
  }
}

function linesOf(text: string): SetAsideLine[] {
  return text.split('\n').flatMap(line => {
    if (line === '') return []
    try {
      return [JSON.parse(line) as SetAsideLine]
    } catch {
      // A truncated line is shown as it is.
      return [{ origin: 'store' as const, at: 0, reason: 'the line is damaged', record_json: line }]
    }
  })
}

import type { CopiedKind } from '@runtape/core/internal'
import { showCount } from '../terminal/show.ts'

/** Tells how far a copy is. */
export interface CopyProgress {
  step(kind: CopiedKind, entries: number): void
  /** Removes what was drawn. */
  end(): void
}

/** A line on stderr: redrawn on a terminal, elsewhere every ten seconds. */
export function copyProgress(
  totals: Readonly<Partial<Record<CopiedKind, number>>>,
  stream: NodeJS.WriteStream = process.stderr,
): CopyProgress {
  const isDrawn = stream.isTTY && !process.env.CI
  const everyMs = isDrawn ? 100 : 10_000
  const [began, done] = [performance.now(), new Map<CopiedKind, number>()]
  let shownAt = began
  return {
    step: (kind, entries) => {
      const sum = (done.get(kind) ?? 0) + entries
      done.set(kind, sum)
      const now = performance.now()
      if (now - shownAt < everyMs) return
      shownAt = now
      const of = totals[kind] === undefined ? '' : ` of ${showCount(totals[kind])}`
      const line = `${kind}: ${showCount(sum)}${of}, ${((now - began) / 1000).toFixed(0)} s`
      stream.write(isDrawn ? `\r\u001b[K${line}` : `${line}\n`)
    },
    end: () => {
      if (isDrawn) stream.write('\r\u001b[K')
    },
  }
}

import { showText } from './show.ts'
import { dim } from './style.ts'

/** Shows the progress of a task. */
export interface Progress {
  /** @param note about the last step */
  step(done: number, total: number, note: string): void
  /** Removes what was drawn. */
  end(): void
}

/** A bar that is redrawn on a terminal; elsewhere a line now and then. On stderr, because stdout is for results. */
export function newProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY && !process.env.CI ? bar(stream) : lines(stream)
}

const longest = 28

function bar(stream: NodeJS.WriteStream): Progress {
  const clear = '\r\u001b[K'
  // The first step may take a while.
  stream.write(dim('…', stream))
  return {
    step: (done, total, note) => {
      const counts = ` ${done}/${total} `
      // On one line: wrapped text could not be overwritten.
      const room = Math.max(0, (stream.columns || 80) - counts.length - 1)
      const length = Math.min(longest, room)
      const full = Math.round((done / total) * length)
      const drawn = '━'.repeat(full) + dim('━'.repeat(length - full), stream)
      stream.write(`${clear}${drawn}${counts}${dim(showText(note, room - length), stream)}`)
    },
    end: () => void stream.write(clear),
  }
}

function lines(stream: NodeJS.WriteStream): Progress {
  const began = performance.now()
  return {
    step: (done, total) => {
      const every = Math.max(1, Math.ceil(total / 10))
      if (done % every !== 0 && done !== total) return
      stream.write(`${done}/${total} replayed, ${((performance.now() - began) / 1000).toFixed(1)} s\n`)
    },
    end: () => {},
  }
}

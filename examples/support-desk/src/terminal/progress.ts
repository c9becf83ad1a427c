const length = 28
const { stdout } = process

/** Shows the progress of a task: a bar on a terminal, nothing elsewhere. */
export function progress(label: string, total: number): (done: number) => void {
  if (!stdout.isTTY) return () => {}
  return done => {
    const full = Math.round((done / total) * length)
    const bar = '━'.repeat(full) + ' '.repeat(length - full)
    if (done < total) stdout.write(`\r  ${bar} ${done}/${total} ${label}`)
    else clearProgress()
  }
}

/** Removes an unfinished bar. */
export function clearProgress(): void {
  if (stdout.isTTY) stdout.write('\r\u001b[K')
}

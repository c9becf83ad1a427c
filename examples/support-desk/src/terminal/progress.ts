const length = 28
const { stdout } = process

/** Shows how far a task is: a bar that is drawn over itself on a terminal, nothing elsewhere. */
export function progress(label: string, total: number): (done: number) => void {
  if (!stdout.isTTY) return () => {}
  return done => {
    const full = Math.round((done / total) * length)
    const bar = '━'.repeat(full) + ' '.repeat(length - full)
    if (done < total) stdout.write(`\r  ${bar} ${done}/${total} ${label}`)
    else clearProgress()
  }
}

/** Takes away a bar that stopped in the middle. */
export function clearProgress(): void {
  if (stdout.isTTY) stdout.write('\r\u001b[K')
}

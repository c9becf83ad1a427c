const length = 28

/** Shows how far a task is: a bar that is drawn over itself on a terminal, nothing elsewhere. */
export function progress(label: string, total: number): (done: number) => void {
  const { stdout } = process
  if (!stdout.isTTY) return () => {}
  return done => {
    const full = Math.round((done / total) * length)
    const bar = '━'.repeat(full) + ' '.repeat(length - full)
    stdout.write(done < total ? `\r  ${bar} ${done}/${total} ${label}` : '\r\u001b[K')
  }
}

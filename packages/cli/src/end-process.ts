const { stdout } = process

// Whoever reads may stop before the end: `runtape runs | head`.
stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

/** Ends the process when all is written; what a loaded module keeps open must not keep the command waiting. */
export function endProcess(code: number): void {
  stdout.write('', () => process.exit(code))
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A program of this folder in a process of its own. */
export class TestProcess {
  readonly child: ChildProcess
  readonly #lines: string[] = []
  #errors = ''
  readonly #ended: Promise<unknown>

  constructor(program: string, args: readonly string[]) {
    const path = fileURLToPath(new URL(program, import.meta.url))
    this.child = spawn(process.execPath, [path, ...args], { stdio: 'pipe' })
    this.#ended = once(this.child, 'close')
    this.child.stderr?.on('data', text => {
      this.#errors += text
    })
    if (this.child.stdout) createInterface(this.child.stdout).on('line', line => this.#lines.push(line))
  }

  /** Resolves with the first line that it prints. */
  async ready(): Promise<void> {
    while (this.#lines.length === 0) {
      if (this.child.exitCode !== null) throw new Error(this.#errors)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  }

  /** Kills it. Returns whether it had not ended before. */
  async kill(): Promise<boolean> {
    this.child.kill('SIGKILL')
    await this.#ended
    return this.child.signalCode === 'SIGKILL'
  }

  /** Its last line as JSON, when it has ended. */
  async result<T>(): Promise<T> {
    await this.#ended
    if (this.child.exitCode !== 0) throw new Error(this.#errors)
    return JSON.parse(this.#lines.at(-1) ?? 'null') as T
  }
}

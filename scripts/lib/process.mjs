import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/** A step that failed in a way the user can act on; `output` is what the step printed. */
export class StepFailed extends Error {
  constructor(message, output = '') {
    super(message)
    this.output = output
  }
}

/** Runs a command and captures its output; rejects with `failure` and that output when it fails. */
export async function runQuietly(command, prefix, { args, cwd, env, failure }) {
  const { code, output } = await capture(command, [...prefix, ...args], { cwd, env })
  if (code !== 0) throw new StepFailed(failure, output)
  return output
}

/** Runs a command to its end and resolves to its exit code and its whole output. */
export function capture(command, args, { cwd, env } = {}) {
  return new Promise(resolve => {
    const shell = process.platform === 'win32' && command.endsWith('.cmd')
    const child = spawn(command, args, { cwd, env, shell, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', text => {
        output += text
      })
    }
    child.on('error', error => resolve({ code: 127, output: `${output}${error.message}\n` }))
    child.on('close', (code, signal) => resolve({ code: exitCode(code, signal), output }))
  })
}

/**
 * Runs a command and shows its output except the last line, which it resolves to with the exit code. So a closing line
 * with counts is shown only once.
 */
export function runShowing(command, args, { cwd, env } = {}) {
  return new Promise(resolve => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
    let rest = ''
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', text => {
      const lines = (rest + text).split('\n')
      // Holds back two parts: the last line, and the text after it.
      rest = lines.splice(-2).join('\n')
      for (const line of lines) process.stdout.write(`${line}\n`)
    })
    child.on('error', error => resolve({ code: 127, lastLine: error.message }))
    child.on('close', (code, signal) => resolve({ code: exitCode(code, signal), lastLine: rest.trimEnd() }))
  })
}

/** Runs a command with this process's own streams, passes signals on, and resolves to its exit code. */
export function runInFront(command, args, { cwd, env } = {}) {
  return new Promise(resolve => {
    const child = spawn(command, args, { cwd, env, stdio: 'inherit' })
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    const forward = signal => child.kill(signal)
    for (const signal of signals) process.on(signal, forward)
    const end = code => {
      for (const signal of signals) process.off(signal, forward)
      resolve(code)
    }
    child.on('error', error => {
      console.error(error.message)
      end(127)
    })
    child.on('close', (code, signal) => end(exitCode(code, signal)))
  })
}

function exitCode(code, signal) {
  return signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1)
}

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const runtimes = { lambda: 'lambda-runtime.mjs', vercel: 'vercel-runtime.mjs' }

/** A function in its own process, which is stopped when it has answered until it is invoked again, as in Lambda. */
export async function startFunction(
  runtime: keyof typeof runtimes,
  module: URL,
  env: Readonly<Record<string, string>>,
) {
  const path = fileURLToPath(new URL(runtimes[runtime], import.meta.url))
  const child = fork(path, [module.href], {
    env: { ...process.env, ...env },
    execArgv: ['--experimental-strip-types', '--disable-warning=ExperimentalWarning'],
  })
  await once(child, 'message')
  child.kill('SIGSTOP')
  return {
    invoke: async (event: object): Promise<unknown> => {
      child.kill('SIGCONT')
      const answered = once(child, 'message')
      child.send(event)
      const [{ response }] = await answered
      child.kill('SIGSTOP')
      return response
    },
    thaw: () => child.kill('SIGCONT'),
    /** Ends it as it is: frozen or not. */
    close: async () => {
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}

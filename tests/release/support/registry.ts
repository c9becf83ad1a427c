import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../support/free-port.ts'

/** A registry on loopback: what is published here, and everything else from the one that this machine uses. */
export interface Registry {
  readonly url: string
  /** For npm: this registry, and an identity that may publish to it. */
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** @param upstream address of the registry that has what others have published */
export async function startRegistry(folder: string, upstream: string): Promise<Registry> {
  const port = await freePort()
  const config = join(folder, 'registry.yaml')
  writeFileSync(config, configOf(join(folder, 'storage'), upstream))
  const verdaccio = fileURLToPath(new URL('../node_modules/verdaccio/bin/verdaccio', import.meta.url))
  const child = fork(verdaccio, ['--config', config, '--listen', `127.0.0.1:${port}`], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const url = `http://127.0.0.1:${port}/`
  await listening(child, url)
  const userconfig = join(folder, 'npmrc')
  writeFileSync(userconfig, `registry=${url}\n//127.0.0.1:${port}/:_authToken=anybody\n`)
  return {
    url,
    env: {
      npm_config_registry: url,
      npm_config_userconfig: userconfig,
      npm_config_cache: join(folder, 'cache'),
    },
    close: async () => {
      const exit = once(child, 'exit')
      child.kill()
      await exit
    },
  }
}

async function listening(child: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const isUp = await fetch(`${url}-/ping`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isUp) return
    if (child.exitCode !== null || Date.now() > deadline) throw new Error('The registry did not start.')
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

const configOf = (storage: string, upstream: string): string => `
storage: ${JSON.stringify(storage)}
uplinks:
  upstream:
    url: ${JSON.stringify(upstream)}
    cache: false
    maxage: 60m
    max_fails: 10
packages:
  '@runtape/*': { access: $all, publish: $all }
  runtape: { access: $all, publish: $all }
  create-runtape: { access: $all, publish: $all }
  '**': { access: $all, proxy: upstream }
log: { type: stdout, level: fatal }
`

import { setFlagsFromString } from 'node:v8'
import type { Command } from '../../arguments/command.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { genaiPrices } from '../../pricing/prices.ts'
import { watchInterrupts } from '../../process/interrupts.ts'
import { openServedStore } from '../../stores/open-served-store.ts'
import { defaultStore, storeFlag } from '../../stores/open-store.ts'
import { print } from '../../terminal/print.ts'
import { keyFile, keysFlag } from './key-file.ts'

export const command: Command = {
  name: 'serve',
  about: 'Serves a store over HTTP, for recorders, replays and queries of other machines.',
  flags: {
    store: {
      ...storeFlag,
      about: `database path, or address (postgres://…). Default: ${defaultStore}, created if missing.`,
    },
    port: { value: 'n', about: 'port; 0 chooses a free one. Default: 8787' },
    host: {
      value: 'address',
      about: 'address to listen on. Default: 127.0.0.1, which other machines cannot reach',
    },
    keys: keysFlag,
    search: { about: 'make the texts of what arrives searchable, which costs work beside appends' },
    prices: {
      about:
        'add public list prices (@pydantic/genai-prices) to what OpenTelemetry and LaunchDarkly SDKs send',
    },
    origin: {
      value: 'url',
      multiple: true,
      about: 'pages that may send feedback with a sealed token (RUNTAPE_SEALING_KEY)',
    },
  },
  examples: ['runtape serve', 'runtape serve --store "$DATABASE_URL" --host 0.0.0.0'],
  run: async args => {
    // Requests leave much short-lived garbage, for which V8 would take 100 MB more without being faster.
    setFlagsFromString('--semi-space-growth-factor=1')
    const { createServer } = await import('@runtape/server')
    const { fileKeys, listen } = await import('@runtape/server/node')
    const { studioFiles } = await import('@runtape/studio')
    const path = keyFile(args)
    const keys = fileKeys(path)
    const prices = args.has('prices') ? await genaiPrices() : undefined
    const store = await openServedStore(args)
    const interrupts = watchInterrupts()
    const feedback = feedbackOf(args.whole('origin'))
    const project = { store, keys, ...(feedback && { feedback }), ...(prices && { prices }) }
    const port = args.count('port', 0)
    const host = args.text('host')
    const server = createServer({ projects: { default: project }, studio: { files: studioFiles() } })
    const listening = await listen(server, {
      ...(port !== undefined && { port }),
      ...(host !== undefined && { host }),
    }).catch(async error => {
      await store.close()
      throw cannotListen(error)
    })
    print(`Listening on ${listening.url}`)
    if (keys.list().length === 0) {
      const { key } = await keys.create(['admin'], 'first key')
      print(`Key (shown once; its hash is in ${path}): ${key}`)
    }
    await new Promise<void>(resolve => interrupts.signal.addEventListener('abort', () => resolve()))
    await listening.close()
    await store.close()
    return interrupts.exitCode() === 143 ? 0 : (interrupts.exitCode() ?? 0)
  },
}

function cannotListen(error: unknown): unknown {
  const { code, address, port } = error as { code?: unknown; address?: unknown; port?: unknown }
  if (code !== 'EADDRINUSE') return error
  return new Misuse(`${address}:${port} is in use, perhaps by another server. Pass another --port.`)
}

/** The settings of feedback from browsers. */
function feedbackOf(origins: readonly string[]) {
  const { RUNTAPE_SEALING_KEY: sealing } = process.env
  if (!sealing) {
    if (origins.length > 0)
      throw new Misuse('--origin needs the key that seals tokens: RUNTAPE_SEALING_KEY=<kid>:<secret>.')
    return undefined
  }
  const [, kid, secret] = /^([^:]+):(.+)$/s.exec(sealing) ?? []
  if (kid === undefined || secret === undefined)
    throw new Misuse('RUNTAPE_SEALING_KEY must be <kid>:<secret>, as sealToken uses them.')
  return { sealingKeys: [{ kid, secret }], origins }
}

import { randomBytes } from 'node:crypto'
import type { Scope } from '@runtape/store-http/wire'
import type { Command } from '../../arguments/command.ts'
import { watchInterrupts } from '../../process/interrupts.ts'
import { defaultStore, storeFlag, withSearch } from '../../stores/open-store.ts'
import { print } from '../../terminal/print.ts'
import { openInBrowser } from './open-in-browser.ts'

export const command: Command = {
  name: 'studio',
  about: 'Shows the runs, traces and bills of a store on a page, on this machine only.',
  flags: {
    store: storeFlag,
    port: { value: 'n', about: 'port. Default: a free one' },
    write: { about: 'also record verdicts, reviews and cohorts. Default: the page only reads' },
    'no-open': { about: 'print the address, and do not open it' },
  },
  examples: ['runtape studio', 'runtape studio --store "$DATABASE_URL" --write'],
  words: {
    address: 'has a token that opens the page once; the browser then keeps a key of its own, until this ends',
  },
  run: async args => {
    const { createServer, issueKey } = await import('@runtape/server')
    const { listen } = await import('@runtape/server/node')
    const { studioFiles } = await import('@runtape/studio')
    const scopes: Scope[] = args.has('write') ? ['read', 'replay'] : ['read']
    const { key, stored } = await issueKey(scopes, 'runtape studio')
    const interrupts = watchInterrupts()
    return withSearch(args, async store => {
      const tokens = new Set<string>()
      const redeem = (token: string) => (tokens.delete(token) ? key : undefined)
      const projects = { default: { store, keys: { list: () => [stored] } } }
      const studio = { files: studioFiles(), redeem, hosts: ['127.0.0.1', 'localhost'] }
      const listening = await listen(createServer({ projects, studio }), { port: args.count('port', 0) ?? 0 })
      const token = randomBytes(32).toString('base64url')
      tokens.add(token)
      const address = `${listening.url}/#token=${token}`
      print(`The page of ${args.text('store') ?? defaultStore}, until Ctrl-C: ${address}`)
      if (!args.has('no-open')) openInBrowser(address)
      await new Promise<void>(resolve => interrupts.signal.addEventListener('abort', () => resolve()))
      await listening.close()
      return 0
    })
  },
}

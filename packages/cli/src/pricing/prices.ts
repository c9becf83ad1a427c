import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { PriceList } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { Misuse } from '../arguments/usage-error.ts'
import { givenPath } from '../process/start.ts'

/** The public price lists from the project's installed packages. */
export async function genaiPrices(): Promise<PriceList> {
  try {
    const path = createRequire(givenPath('package.json')).resolve('@runtape/recorder/genai-prices')
    const { genaiPrices } = (await import(pathToFileURL(path).href)) as { genaiPrices: () => PriceList }
    return genaiPrices()
  } catch (error) {
    const [first = ''] = messageOf(error).split('\n')
    throw new Misuse(
      `--prices needs two packages in your project: npm install @runtape/recorder @pydantic/genai-prices (${first})`,
    )
  }
}

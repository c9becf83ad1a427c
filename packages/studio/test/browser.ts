import { existsSync } from 'node:fs'
import { type Browser, chromium as launcher } from 'playwright-core'

// With these, closing a page closes the browser.
const ofOneProcess = new Set(['--single-process', '--no-zygote'])

/** A real Chromium: `CHROME_PATH`, or on Linux the one of an npm package. */
export async function openBrowser(): Promise<Browser> {
  const given = process.env.CHROME_PATH
  if (given !== undefined) return launcher.launch({ executablePath: given, args: ['--no-sandbox'] })
  if (process.platform !== 'linux')
    throw new Error('There is no browser. Set CHROME_PATH to the program of Chrome or Chromium.')
  const { default: packed } = await import('@sparticuz/chromium')
  const executablePath = await packed.executablePath()
  if (!existsSync(executablePath))
    throw new Error('The Chromium of @sparticuz/chromium could not be unpacked.')
  return launcher.launch({
    executablePath,
    args: packed.args.filter(flag => !ofOneProcess.has(flag)),
    headless: true,
  })
}

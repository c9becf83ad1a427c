import { readFileSync } from 'node:fs'

/** This package's version. A bundler may have dropped the file; a missing version must not fail. */
export function ownVersion(): string {
  try {
    const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
    return (JSON.parse(text) as { version: string }).version
  } catch {
    return ''
  }
}

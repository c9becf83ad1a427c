import { readFileSync } from 'node:fs'
import type { createAnthropic } from '@ai-sdk/anthropic'
import type { createOpenAI } from '@ai-sdk/openai'
import type * as ai from 'ai'

/** One major of the AI SDK with its providers, in the types of the newest one. */
export interface Sdk {
  readonly major: 5 | 6 | 7
  readonly version: string
  readonly ai: typeof ai
  readonly createOpenAI: typeof createOpenAI
  readonly createAnthropic: typeof createAnthropic
}

const packages = {
  5: ['ai-5', 'ai-sdk-openai-2', 'ai-sdk-anthropic-2'],
  6: ['ai-6', 'ai-sdk-openai-3', 'ai-sdk-anthropic-3'],
  7: ['ai', '@ai-sdk/openai', '@ai-sdk/anthropic'],
} as const

/**
 * Loads one major. A process that has several has as many classes of each name, and a replay cannot tell which one the
 * recorded error was of.
 */
export async function loadSdk(major: Sdk['major']): Promise<Sdk> {
  const [core, openai, anthropic] = packages[major]
  const [sdk, { createOpenAI }, { createAnthropic }] = await Promise.all([
    import(core),
    import(openai),
    import(anthropic),
  ])
  return { major, version: versionOf(major), ai: sdk, createOpenAI, createAnthropic }
}

/** The installed version. */
export function versionOf(major: Sdk['major']): string {
  const manifest = new URL(`../node_modules/${packages[major][0]}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}

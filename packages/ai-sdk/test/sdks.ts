import { readFileSync } from 'node:fs'
import type { createAnthropic } from '@ai-sdk/anthropic'
import type { createOpenAI } from '@ai-sdk/openai'
import type * as ai from 'ai'

/** One major version of the AI SDK with its providers, in the types of the newest one. */
export interface Sdk {
  readonly major: 5 | 6 | 7
  readonly version: string
  readonly ai: typeof ai
  readonly createOpenAI: typeof createOpenAI
  readonly createAnthropic: typeof createAnthropic
}

const packages = { 5: 'ai-5', 6: 'ai-6', 7: 'ai' } as const

const loaders = {
  5: () => Promise.all([import('ai-5'), import('ai-sdk-openai-2'), import('ai-sdk-anthropic-2')]),
  6: () => Promise.all([import('ai-6'), import('ai-sdk-openai-3'), import('ai-sdk-anthropic-3')]),
  7: () => Promise.all([import('ai'), import('@ai-sdk/openai'), import('@ai-sdk/anthropic')]),
}

/**
 * Loads one major version. A process with several has several classes of each name, and a replay cannot tell which one
 * the recorded error had.
 */
export async function loadSdk(major: Sdk['major']): Promise<Sdk> {
  const [sdk, { createOpenAI }, { createAnthropic }] = await loaders[major]()
  return { major, version: versionOf(major), ai: sdk, createOpenAI, createAnthropic } as unknown as Sdk
}

/** The installed version. */
export function versionOf(major: Sdk['major']): string {
  const manifest = new URL(`../node_modules/${packages[major]}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}

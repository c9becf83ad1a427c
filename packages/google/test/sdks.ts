import { readFileSync } from 'node:fs'
import { GoogleGenAI } from '@google/genai'
import { GoogleGenAI as GoogleGenAI1 } from 'genai-1'
import { GoogleGenAI as GoogleGenAI2 } from 'genai-2'

// The SDK does not export its package.json.
function versionOf(folder: string): string {
  const manifest = new URL(`../node_modules/${folder}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}

/** The supported major versions of the SDK. The first has no `fetch` option. */
export const google1 = { version: versionOf('genai-1'), GoogleGenAI: GoogleGenAI1 }
export const google2 = { version: versionOf('genai-2'), GoogleGenAI: GoogleGenAI2 }
export const google3 = { version: versionOf('@google/genai'), GoogleGenAI }

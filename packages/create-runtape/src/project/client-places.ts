import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Sdk } from './sdks.ts'

/** A line of the application that makes a client, or calls a model. */
export interface ClientPlace {
  readonly file: string
  readonly line: number
  readonly sdk: Sdk
}

/** A monorepo can have any number of files; what is not found here is still in the README of each package. */
const maxFiles = 2000
const source = /\.[cm]?[jt]sx?$/
const others = /^(\..*|node_modules|dist|build|out|coverage)$/

/** The lines to change, in the order of their files. */
export function clientPlaces(folder: string, sdks: readonly Sdk[]): readonly ClientPlace[] {
  if (sdks.length === 0) return []
  return sourceFiles(folder).flatMap(file => {
    const lines = readFileSync(file, 'utf8').split('\n')
    return lines.flatMap((text, at) => {
      const sdk = sdks.find(({ made }) => made.test(text))
      const isDone = sdk === undefined || /\binstrument[A-Z]|runtapeMiddleware/.test(text)
      return isDone ? [] : [{ file: relative(folder, file), line: at + 1, sdk }]
    })
  })
}

function sourceFiles(folder: string): readonly string[] {
  const files: string[] = []
  const waiting = [folder]
  for (let next = waiting.shift(); next !== undefined && files.length < maxFiles; next = waiting.shift()) {
    for (const entry of readdirSync(next, { withFileTypes: true })) {
      if (others.test(entry.name)) continue
      const path = join(next, entry.name)
      if (entry.isDirectory()) waiting.push(path)
      else if (entry.isFile() && source.test(entry.name)) files.push(path)
    }
  }
  return files.slice(0, maxFiles)
}

// Fails when a published package has no README.md, or one that is too long.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publishedPackages } from './lib/workspace.mjs'

const MAX_LINES = 60
const root = fileURLToPath(new URL('..', import.meta.url))

const problems = publishedPackages(root).flatMap(({ folder }) => {
  const path = join(root, folder, 'README.md')
  if (!existsSync(path)) return [`${folder} has no README.md.`]
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n').length
  return lines > MAX_LINES ? [`${folder}/README.md has ${lines} lines; ${MAX_LINES} is the limit.`] : []
})
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0

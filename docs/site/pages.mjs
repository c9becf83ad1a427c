import { cpSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { rewriteLinks, sourceUrl } from '../../scripts/lib/metadata.mjs'

const sources = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs/**/*.md',
  'packages/*/README.md',
  'examples/*/README.md',
]
const own = 'docs/site'

/** Writes the Markdown of the repository as pages; links to other files lead to the repository. */
export function writePages(root, folder) {
  const files = globSync(sources, { cwd: root }).filter(
    file => !file.startsWith(own) && !file.includes('node_modules'),
  )
  const pages = new Set(files)
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8').replace(/<!--[\s\S]*?-->\n?/g, '')
    const linked = rewriteLinks(text, target => linkFrom(root, pages, file, target))
    const path = join(folder, pageOf(file))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, linked)
  }
  for (const image of globSync('docs/*.{png,svg}', { cwd: root }))
    cpSync(join(root, image), join(folder, image))
}

/** `README.md` is the page of its folder. */
const pageOf = file => file.replace(/(^|\/)README\.md$/, '$1index.md')

function linkFrom(root, pages, file, target) {
  if (/^([a-z]+:|#)/.test(target)) return target
  const [path, anchor = ''] = target.split(/(?=#)/)
  const found = posix.normalize(posix.join(posix.dirname(file), path)).replace(/\/$/, '')
  if (!existsSync(join(root, found))) throw new Error(`${file} links to ${target}, which does not exist.`)
  const page = [found, posix.join(found, 'README.md')].find(one => pages.has(one))
  if (page) return `${posix.relative(posix.dirname(file), pageOf(page)).replace(/^(?!\.)/, './')}${anchor}`
  if (/\.(png|svg)$/.test(found) && found.startsWith('docs/')) return target
  return `${sourceUrl(found)}${anchor}`
}

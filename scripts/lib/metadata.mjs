import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'

const PLACEHOLDER = 'your-organization'

/** Where the repository is. Every published package links to it. A release refuses the placeholder. */
export const REPOSITORY = `https://github.com/${PLACEHOLDER}/runtape`

const BRANCH = 'main'
const AUTHOR = 'The Runtape authors'

/** What each package is found by, besides `runtape` and what is said of all. */
const KEYWORDS = {
  'ai-sdk': ['ai-sdk', 'vercel-ai', 'middleware'],
  anthropic: ['anthropic', 'claude'],
  bedrock: ['aws', 'bedrock'],
  cli: ['cli', 'replay', 'evaluation'],
  client: ['feature-flags', 'launchdarkly', 'openfeature', 'prompts'],
  core: ['types'],
  'create-runtape': ['create', 'scaffold'],
  google: ['gemini', 'google', 'vertex'],
  openai: ['openai', 'gpt'],
  otel: ['opentelemetry', 'otel', 'genai'],
  provider: ['instrumentation'],
  recorder: ['billing', 'cost'],
  replay: ['replay', 'evaluation', 'testing'],
  schemas: ['zod', 'schema'],
  'sealed-token': ['jws', 'token', 'feedback'],
  server: ['server', 'opentelemetry', 'collector'],
  'store-http': ['edge', 'serverless'],
  'store-postgres': ['postgres'],
  'store-sqlite': ['sqlite'],
  studio: ['dashboard', 'billing', 'traces'],
  testing: ['testing', 'contract'],
  trace: ['tracing'],
  tracker: ['billing', 'usage', 'tokens'],
  vitest: ['vitest', 'testing', 'evaluation'],
}

/** Why nothing may be published; `undefined` if it may. */
export function placeholderProblem(repository = REPOSITORY) {
  if (!repository.includes(PLACEHOLDER)) return undefined
  return `The repository in scripts/lib/metadata.mjs is still the placeholder ${repository}. Set REPOSITORY to where it is.`
}

/** The `package.json` of a package as it is published. */
export function publishedManifest(manifest, folder) {
  const keywords = KEYWORDS[folder.split('/').at(-1)]
  if (!keywords) throw new Error(`${folder} has no keywords: give it some in scripts/lib/metadata.mjs.`)
  const { name, version, description, license, scripts: _, devDependencies: __, ...rest } = manifest
  return {
    name,
    version,
    description,
    keywords: ['runtape', 'ai', 'llm', 'observability', ...keywords],
    homepage: `${REPOSITORY}/tree/${BRANCH}/${folder}#readme`,
    bugs: `${REPOSITORY}/issues`,
    repository: { type: 'git', url: `git+${REPOSITORY}.git`, directory: folder },
    license,
    author: AUTHOR,
    ...rest,
    publishConfig: { access: 'public', provenance: true },
  }
}

const FENCE = /^(```|~~~)/
const LINK = /(!?)\[((?:[^\]\\[]|\\.|`[^`]*`|!\[[^\]]*\]\([^)]*\))*)\]\(([^)\s]+)\)/g

/**
 * Markdown whose links to files of the repository work on any page: of a registry, or in a folder of modules.
 *
 * @param folder of the file, relative to the root
 * @throws if a link names no file
 */
export const publishedMarkdown = (markdown, folder, root) =>
  rewriteLinks(markdown, (target, isImage) => absolute(target, { folder, root, isImage }))

/** Replaces the target of each link outside of code by what `linkOf(target, isImage)` returns. */
export function rewriteLinks(markdown, linkOf) {
  let isCode = false
  return markdown
    .split('\n')
    .map(line => {
      if (FENCE.test(line)) isCode = !isCode
      return isCode ? line : withLinks(line, linkOf)
    })
    .join('\n')
}

function withLinks(line, linkOf) {
  return line.replace(LINK, (_, bang, text, target) => {
    const inner = text.includes('](') ? withLinks(text, linkOf) : text
    return `${bang}[${inner}](${linkOf(target, bang === '!')})`
  })
}

function absolute(target, { folder, root, isImage }) {
  if (/^([a-z][a-z\d+.-]*:|#|\/\/)/i.test(target)) return target
  const [path = '', hash] = target.split('#')
  const file = posix.normalize(posix.join(folder, path)).replace(/\/$/, '')
  if (file.startsWith('..') || !existsSync(join(root, file)))
    throw new Error(`${folder} links to ${target}, which does not exist.`)
  return `${sourceUrl(file, isImage)}${hash === undefined ? '' : `#${hash}`}`
}

/** Where a file or folder of the repository is shown. */
export function sourceUrl(file, isImage = false) {
  const kind = isImage ? 'raw' : posix.extname(file) === '' ? 'tree' : 'blob'
  return `${REPOSITORY}/${kind}/${BRANCH}/${file}`
}

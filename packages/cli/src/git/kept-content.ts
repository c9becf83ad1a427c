import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeValue } from '@runtape/trace'
import type { Git } from './run-git.ts'

/** Maximum size of a file whose content is kept. */
const maxFileBytes = 64_000

const secretPath =
  /(?:^|\/)secrets?\/|(?:^|\/)(?:\.env(?:rc|[.-][^/]*)?|\.dev\.vars|\.git-credentials|\.pypirc|\.dockercfg|\.aws\/credentials|kubeconfig|\.yarnrc\.yml|\.npmrc|\.netrc|\.pgpass|\.htpasswd|id_(?:rsa|dsa|ecdsa|ed25519)[^/]*|[^/]*(?:secret|credential|password)[^/]*\.(?:json|ya?ml|toml|ini|txt|env)|[^/]*\.(?:env|pem|key|p12|pfx|jks|keystore|kdbx|tfvars|tfstate))$/i
const generatedPath =
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?|[^/]*\.(?:lock|min\.js|min\.css|map|snap))$|(?:^|\/)(?:dist|build|node_modules|vendor|__snapshots__)\//
const generatedHead = /@generated\b|\bDO NOT EDIT\b|\bcode generated\b/i

/** Why only the name of a file is kept, judging by its path; `undefined` if its content may be kept. */
export function onlyNamed(path: string): string | undefined {
  if (secretPath.test(path)) return 'may contain secrets'
  return generatedPath.test(path) ? 'generated' : undefined
}

/** A content, or why it is not kept. */
export type Content = { readonly text: string } | { readonly omitted: string }

const omitted = (why: string): Content => ({ omitted: why })

/** The file in a commit; the text is empty if it was not there. */
export async function contentThen(git: Git, commit: string, path: string): Promise<Content> {
  const size = await git(['cat-file', '-s', `${commit}:${path}`])
  if (size === undefined) return { text: '' }
  if (Number(size) > maxFileBytes) return omitted('too large')
  const text = await git(['cat-file', 'blob', `${commit}:${path}`])
  return text === undefined ? omitted('not a file') : checked(text)
}

/** The file in the working tree; the text is empty if it is not there. */
export async function contentNow(top: string, path: string): Promise<Content> {
  const found = await lstat(join(top, path)).catch(() => undefined)
  if (!found) return { text: '' }
  if (!found.isFile()) return omitted('not a file')
  if (found.size > maxFileBytes) return omitted('too large')
  return checked((await readFile(join(top, path), 'utf8')).replaceAll('\r\n', '\n'))
}

function checked(content: string): Content {
  const text = content.replaceAll('\r\n', '\n')
  if (text.includes('\0') || text.includes('\ufffd')) return omitted('binary')
  if (generatedHead.test(text.slice(0, 1000))) return omitted('generated')
  // The same rules keep secrets off the tape.
  return piecesOf(text).some(piece => encodeValue(piece).redacted) ? omitted('may contain secrets') : { text }
}

/** Longer texts are searched for fewer kinds of secrets. */
const pieceLength = 16_000

/** The lines of a text, in pieces of at most this length; a longer line is cut. */
function piecesOf(text: string): string[] {
  const pieces: string[] = []
  for (let from = 0; from < text.length; ) {
    const most = from + pieceLength
    const line = text.lastIndexOf('\n', most - 1)
    const to = most >= text.length || line < from ? most : line + 1
    pieces.push(text.slice(from, to))
    from = to
  }
  return pieces
}

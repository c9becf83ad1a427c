// Builds the site into `dist`: the pages of the repository, and an API reference of every public export.
// `npm run check` installs this folder's packages and runs it.
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'vitepress'
import { writeApi } from './api.mjs'
import { writePages } from './pages.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const site = fileURLToPath(new URL('.', import.meta.url))
const pages = `${site}.pages`

rmSync(pages, { recursive: true, force: true })
writePages(root, pages)
await writeApi(root, `${pages}/api`)
// A link to a page that does not exist fails the build.
await build(site)

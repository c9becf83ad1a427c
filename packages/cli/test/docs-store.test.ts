import { test } from 'vitest'
import { follow, readPage, sectionsOf } from './page.ts'
import { newProject } from './project.ts'

// Each section begins with four recorded calls of the agent in `test/fixtures`.
test.each(sectionsOf(readPage('store.md')))(
  'the commands of "%s" print what docs/store.md shows',
  { timeout: 240_000 },
  async (_title, section) => follow(section, await newProject()),
)
